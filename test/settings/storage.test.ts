import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import { readStorage } from '../../src/settings/storage.ts';

const DEVELOPMENT = 'UseDevelopmentStorage=true';
const WITH_KEY = 'DefaultEndpointsProtocol=https;AccountName=a;AccountKey=a2V5;EndpointSuffix=core.windows.net';
const WITH_SAS = 'TableEndpoint=https://a.table.core.windows.net;SharedAccessSignature=sv=1&sig=s';
const URI = 'https://account.table.core.windows.net';

/** The connection string, the endpoint with its client id, or the setting that is wrong. */
function found(env: NodeJS.ProcessEnv): string {
  const reading = readStorage(env);
  if (!reading.ok) return `wrong: ${reading.error.setting}`;
  const { value: storage } = reading;
  return storage.kind === 'identity' ? `${storage.tableServiceUri} as ${storage.clientId}` : storage.connectionString;
}

describe('a storage connection string', () => {
  const accepted = [
    DEVELOPMENT,
    'usedevelopmentstorage=TRUE;',
    WITH_KEY,
    WITH_KEY.toLowerCase(),
    'DefaultEndpointsProtocol=http;AccountName=a;AccountKey=k;TableEndpoint=http://127.0.0.1:10002/a',
    WITH_SAS,
  ];
  for (const connectionString of accepted) {
    it(`may be ${connectionString}`, () => {
      assert.equal(found({ TOKEN_STORAGE: connectionString }), connectionString);
      assert.equal(found({ AzureWebJobsStorage: connectionString }), connectionString);
    });
  }

  const refused = [
    'UseDevelopmentStorage=false',
    URI,
    'AccountName=a;AccountKey=k;EndpointSuffix=core.windows.net',
    'DefaultEndpointsProtocol=https;AccountName=a;EndpointSuffix=core.windows.net',
    'DefaultEndpointsProtocol=https;AccountKey=k;EndpointSuffix=core.windows.net',
    'TableEndpoint=https://a.table.core.windows.net',
    'BlobEndpoint=https://a.blob.core.windows.net;SharedAccessSignature=s',
    // The storage library throws for these, but only when the first token is requested.
    'DefaultEndpointsProtocol=https;AccountName=a;AccountKey=k',
    'DefaultEndpointsProtocol=ftp;AccountName=a;AccountKey=k;EndpointSuffix=core.windows.net',
    'DefaultEndpointsProtocol=http;AccountName=a;AccountKey=k;TableEndpoint=:no URL',
    'DefaultEndpointsProtocol=http;AccountName=a;AccountKey=k;TableEndpoint=127.0.0.1:10002/a',
    'DefaultEndpointsProtocol=https;AccountName=a b;AccountKey=k;EndpointSuffix=core.windows.net',
    'TableEndpoint=a.table.core.windows.net;SharedAccessSignature=sv=1&sig=s',
  ];
  for (const connectionString of refused) {
    it(`may not be ${connectionString}`, () => {
      assert.equal(found({ TOKEN_STORAGE: connectionString }), 'wrong: TOKEN_STORAGE');
      assert.equal(found({ AzureWebJobsStorage: connectionString }), 'wrong: AzureWebJobsStorage');
    });
  }
});

describe('an identity-based connection', () => {
  for (const name of ['TOKEN_STORAGE', 'AzureWebJobsStorage']) {
    it(`is named by ${name}__tableServiceUri`, () => {
      assert.equal(found({ [`${name}__tableServiceUri`]: URI }), `${URI} as undefined`);
      assert.equal(found({ [`${name}__tableServiceUri`]: URI, [`${name}__clientId`]: '' }), `${URI} as undefined`);
      assert.equal(found({ [`${name}__tableServiceUri`]: URI, [`${name}__clientId`]: 'id' }), `${URI} as id`);
    });

    it(`has to be https in ${name}__tableServiceUri`, () => {
      for (const uri of ['http://a.table.core.windows.net', 'a.table.core.windows.net', 'a']) {
        assert.equal(found({ [`${name}__tableServiceUri`]: uri }), `wrong: ${name}__tableServiceUri`);
      }
    });
  }

  for (const name of ['TOKEN_STORAGE', 'AzureWebJobsStorage']) {
    it(`is named by ${name}__accountName, too`, () => {
      const account = { [`${name}__accountName`]: 'account' };
      assert.equal(found(account), `${URI} as undefined`);
      assert.equal(found({ ...account, [`${name}__clientId`]: 'id' }), `${URI} as id`);
    });

    it(`names ${name}__accountName as what is wrong with it`, () => {
      for (const accountName of ['not an account', 'elsewhere.example/']) {
        assert.equal(found({ [`${name}__accountName`]: accountName }), `wrong: ${name}__accountName`);
      }
    });
  }
});

describe('the storage connection', () => {
  it('is missing if no setting names one', () => {
    assert.equal(found({}), 'wrong: TOKEN_STORAGE');
    assert.equal(found({ TOKEN_STORAGE: '', AzureWebJobsStorage: '' }), 'wrong: TOKEN_STORAGE');
    assert.equal(found({ AzureWebJobsStorage__clientId: 'id' }), 'wrong: TOKEN_STORAGE');
  });

  it('is TOKEN_STORAGE, in any form, before AzureWebJobsStorage', () => {
    const AzureWebJobsStorage = DEVELOPMENT;
    assert.equal(found({ AzureWebJobsStorage, TOKEN_STORAGE: WITH_KEY }), WITH_KEY);
    assert.equal(found({ AzureWebJobsStorage, TOKEN_STORAGE__tableServiceUri: URI }), `${URI} as undefined`);
    assert.equal(found({ AzureWebJobsStorage, TOKEN_STORAGE__accountName: 'account' }), `${URI} as undefined`);
    assert.equal(found({ AzureWebJobsStorage, TOKEN_STORAGE: '', TOKEN_STORAGE__clientId: '' }), DEVELOPMENT);
  });

  it('is not the other one if TOKEN_STORAGE is wrong', () => {
    assert.equal(found({ AzureWebJobsStorage: DEVELOPMENT, TOKEN_STORAGE: 'x' }), 'wrong: TOKEN_STORAGE');
  });

  it('uses the managed identity only in Azure', () => {
    const inAzure = (env: NodeJS.ProcessEnv) => {
      const reading = readStorage({ TOKEN_STORAGE__tableServiceUri: URI, ...env });
      return reading.ok && reading.value.kind === 'identity' && reading.value.inAzure;
    };
    assert.deepEqual([{}, { WEBSITE_SITE_NAME: 'an-app' }].map(inAzure), [false, true]);
  });

  it('never mixes the two', () => {
    const env = { TOKEN_STORAGE__clientId: 'mine', AzureWebJobsStorage__tableServiceUri: URI };
    assert.equal(found(env), 'wrong: TOKEN_STORAGE__clientId');
    const other = { AzureWebJobsStorage__clientId: 'mine', TOKEN_STORAGE__tableServiceUri: URI };
    assert.equal(found(other), `${URI} as undefined`);
  });
});
