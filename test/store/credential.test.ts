import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import { DefaultAzureCredential, ManagedIdentityCredential } from '@azure/identity';
import { openCredential } from '../../src/store/azure-table.ts';

describe("the identity's credential", () => {
  const connection = { kind: 'identity', tableServiceUri: 'https://a.table.core.windows.net' } as const;
  for (const clientId of [undefined, 'a-client-id']) {
    it(`is only the managed identity in Azure, and the chain elsewhere: ${clientId ?? 'no client id'}`, async () => {
      assert.ok(
        (await openCredential({ ...connection, clientId, inAzure: true })) instanceof ManagedIdentityCredential,
      );
      assert.ok((await openCredential({ ...connection, clientId, inAzure: false })) instanceof DefaultAzureCredential);
    });
  }
});
