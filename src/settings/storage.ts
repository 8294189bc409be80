/** Where the token table is: a connection string, or an endpoint that the app's identity may use. */
import { err, ok, type Result } from '../result.ts';
import { runsInAzure } from './platform.ts';
import type { SettingProblem } from './problems.ts';

export type StorageConnection =
  | { readonly kind: 'connection-string'; readonly connectionString: string }
  | IdentityConnection;

export type IdentityConnection = {
  readonly kind: 'identity';
  readonly tableServiceUri: string;
  /** Of a user-assigned managed identity. */
  readonly clientId: string | undefined;
  /** Whether this is an app in Azure, with a managed identity. */
  readonly inAzure: boolean;
};

type StorageReading = Result<StorageConnection, SettingProblem>;

/**
 * Finds the storage connection in the forms that Functions bindings use: `NAME` holds a connection string, or
 * `NAME__tableServiceUri` or `NAME__accountName` (with `NAME__clientId` for a user-assigned identity) names the endpoint.
 * `TOKEN_STORAGE` comes first, then `AzureWebJobsStorage`. If any form of the first is set, the second is ignored.
 *
 * @see https://learn.microsoft.com/azure/azure-functions/functions-reference#configure-an-identity-based-connection
 */
export function readStorage(env: NodeJS.ProcessEnv): StorageReading {
  return (
    readConnection(env, 'TOKEN_STORAGE') ??
    readConnection(env, 'AzureWebJobsStorage') ??
    problemWith(
      'TOKEN_STORAGE',
      'is missing, and so is AzureWebJobsStorage: set a connection string, or TOKEN_STORAGE__tableServiceUri or __accountName for an identity',
    )
  );
}

function problemWith(setting: string, problem: string): StorageReading {
  return err({ setting, problem });
}

function readConnection(env: NodeJS.ProcessEnv, name: string): StorageReading | undefined {
  const connectionString = env[name];
  if (connectionString) return checkConnectionString(name, connectionString);
  const uri = env[`${name}__tableServiceUri`];
  const accountName = env[`${name}__accountName`];
  const clientId = env[`${name}__clientId`] || undefined;
  if (!uri && !accountName) {
    if (name !== 'TOKEN_STORAGE' || clientId === undefined) return undefined;
    return problemWith(`${name}__clientId`, `needs ${name}__tableServiceUri or ${name}__accountName`);
  }
  if (uri && !(URL.canParse(uri) && new URL(uri).protocol === 'https:'))
    return problemWith(`${name}__tableServiceUri`, 'has to be an https URL');
  if (!uri && !/^[a-z0-9]{3,24}$/.test(accountName ?? '')) {
    return problemWith(`${name}__accountName`, 'has to be the name of a storage account');
  }
  const tableServiceUri = uri || `https://${accountName}.table.core.windows.net`;
  return ok({ kind: 'identity', tableServiceUri, clientId, inAzure: runsInAzure(env) });
}

/** The forms that `@azure/data-tables` accepts: development storage, account key, shared access signature. */
function checkConnectionString(setting: string, connectionString: string): StorageReading {
  const has = (name: string, value = '[^;]') => new RegExp(`(?:^|;)\\s*${name}=${value}`, 'i').test(connectionString);
  const hasEndpoint = has('TableEndpoint', 'https?://[^;]');
  const hasKey =
    has('DefaultEndpointsProtocol', 'https?(?:;|$)') && has('AccountName', '[a-z0-9]+(?:;|$)') && has('AccountKey');
  const isComplete = hasEndpoint ? hasKey || has('SharedAccessSignature') : hasKey && has('EndpointSuffix');
  if (isDevelopmentStorage(connectionString) || isComplete) return ok({ kind: 'connection-string', connectionString });
  return problemWith(
    setting,
    'is not a storage connection string: it needs DefaultEndpointsProtocol, AccountName, AccountKey and EndpointSuffix ' +
      'or TableEndpoint (a URL); or TableEndpoint and SharedAccessSignature; or UseDevelopmentStorage=true',
  );
}

/** Tells whether a connection string means Azurite on its default ports. */
export function isDevelopmentStorage(connectionString: string | undefined): boolean {
  return /usedevelopmentstorage=true/i.test(connectionString ?? '');
}
