/** Where the token table lies: a connection string, or an endpoint that the app's identity may use. */
export type StorageConnection =
  | { readonly kind: 'connection-string'; readonly connectionString: string }
  | { readonly kind: 'identity'; readonly tableServiceUri: string; readonly clientId: string | undefined };

export type StorageReading =
  | { readonly ok: true; readonly storage: StorageConnection }
  | { readonly ok: false; readonly setting: string; readonly problem: string };

/**
 * Finds the storage connection in the forms that Functions bindings use: `NAME` holds a connection string, or
 * `NAME__tableServiceUri` or `NAME__accountName` (with `NAME__clientId` for a user-assigned identity) names the endpoint.
 * `TOKEN_STORAGE` comes first, then `AzureWebJobsStorage`: but what is begun of the first is not left for the second.
 *
 * @see https://learn.microsoft.com/azure/azure-functions/functions-reference#configure-an-identity-based-connection
 */
export function readStorage(env: NodeJS.ProcessEnv): StorageReading {
  return (
    readConnection(env, 'TOKEN_STORAGE') ??
    readConnection(env, 'AzureWebJobsStorage') ?? {
      ok: false,
      setting: 'TOKEN_STORAGE',
      problem:
        'is missing, and so is AzureWebJobsStorage: give a connection string, or TOKEN_STORAGE__tableServiceUri or __accountName for an identity',
    }
  );
}

const CLIENT_ID_ALONE: StorageReading = {
  ok: false,
  setting: 'TOKEN_STORAGE__clientId',
  problem: 'goes with TOKEN_STORAGE__tableServiceUri or TOKEN_STORAGE__accountName, and neither is there',
};

function readConnection(env: NodeJS.ProcessEnv, name: string): StorageReading | undefined {
  const connectionString = env[name];
  if (connectionString) return checkConnectionString(name, connectionString);
  const uri = env[`${name}__tableServiceUri`];
  const accountName = env[`${name}__accountName`];
  const clientId = env[`${name}__clientId`] || undefined;
  if (!uri && !accountName) return name === 'TOKEN_STORAGE' && clientId ? CLIENT_ID_ALONE : undefined;
  if (uri && !isHttpsUrl(uri))
    return { ok: false, setting: `${name}__tableServiceUri`, problem: 'has to be an https URL' };
  if (!uri && !/^[a-z0-9]{3,24}$/.test(accountName ?? '')) {
    return { ok: false, setting: `${name}__accountName`, problem: 'has to be the name of a storage account' };
  }
  return {
    ok: true,
    storage: { kind: 'identity', tableServiceUri: uri || `https://${accountName}.table.core.windows.net`, clientId },
  };
}

/** The forms that `@azure/data-tables` takes: development storage, account key, shared access signature. */
function checkConnectionString(setting: string, connectionString: string): StorageReading {
  const parts = connectionString.split(';').map((part) => part.trim());
  const valueOf = (name: string) => {
    const start = `${name.toLowerCase()}=`;
    return parts.find((part) => part.toLowerCase().startsWith(start))?.slice(start.length) || undefined;
  };
  const [protocol, name, key] = ['DefaultEndpointsProtocol', 'AccountName', 'AccountKey'].map(valueOf);
  const [suffix, given, signature] = ['EndpointSuffix', 'TableEndpoint', 'SharedAccessSignature'].map(valueOf);
  const hasKey = /^https?$/i.test(protocol ?? '') && name !== undefined && key !== undefined;
  const endpoint = given ?? (hasKey && suffix ? `${protocol}://${name}.table.${suffix}` : undefined);
  const complete = endpoint !== undefined && (hasKey || (given !== undefined && signature !== undefined));
  if (isDevelopmentStorage(connectionString) || (complete && isHttpUrl(endpoint))) {
    return { ok: true, storage: { kind: 'connection-string', connectionString } };
  }
  return {
    ok: false,
    setting,
    problem: complete
      ? 'names an endpoint that is no URL: see its TableEndpoint, or its AccountName and EndpointSuffix'
      : 'is not a storage connection string: it has to carry DefaultEndpointsProtocol, AccountName, AccountKey and ' +
        'EndpointSuffix or TableEndpoint; or TableEndpoint and SharedAccessSignature; or be UseDevelopmentStorage=true',
  };
}

/** Whether a connection string means Azurite on its usual ports. */
export function isDevelopmentStorage(connectionString: string | undefined): boolean {
  return /usedevelopmentstorage=true/i.test(connectionString ?? '');
}

function isHttpUrl(text: string): boolean {
  return URL.canParse(text) && /^https?:$/.test(new URL(text).protocol);
}

function isHttpsUrl(text: string): boolean {
  return URL.canParse(text) && new URL(text).protocol === 'https:';
}
