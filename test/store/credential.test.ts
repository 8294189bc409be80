import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import { type AccessToken, DefaultAzureCredential, ManagedIdentityCredential } from '@azure/identity';
import { openCredential, shareTokenRequests } from '../../src/store/azure-table.ts';
import { withTimer } from '../../src/store/table-requests.ts';

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

describe('a request for an access token', () => {
  const accessToken: AccessToken = { token: 'a', expiresOnTimestamp: 0 };

  /** A credential that answers when the test says so. */
  function openSlow() {
    const requests: (PromiseWithResolvers<AccessToken> & { readonly abortSignal: unknown })[] = [];
    const credential = shareTokenRequests({
      getToken(_scopes, options) {
        const answer = { ...Promise.withResolvers<AccessToken>(), abortSignal: options?.abortSignal };
        requests.push(answer);
        return answer.promise;
      },
    });
    return { credential, requests };
  }

  it('goes on when the request to the table that needed it is given up, and the next one waits for it', async () => {
    const { credential, requests } = openSlow();
    const givenUp = new AbortController();
    const first = credential.getToken('scope', { abortSignal: givenUp.signal });
    givenUp.abort();
    const second = credential.getToken('scope', { abortSignal: new AbortController().signal });
    requests[0]?.resolve(accessToken);
    assert.deepEqual(await Promise.all([first, second]), [accessToken, accessToken]);
    assert.deepEqual([requests.length, requests[0]?.abortSignal], [1, undefined]);
  });

  it('is made again after an answer, a failure, and for another scope or claim', async () => {
    const { credential, requests } = openSlow();
    const failed = assert.rejects(credential.getToken('scope'), /broken/);
    requests[0]?.reject(new Error('broken'));
    await failed;
    const answers = [
      credential.getToken('scope'),
      credential.getToken('other scope'),
      credential.getToken('scope', { claims: 'c' }),
    ];
    for (const request of requests) request.resolve(accessToken);
    await Promise.all(answers);
    void credential.getToken('scope');
    assert.equal(requests.length, 5);
  });

  it('that takes 10 s fails two reads of the table, and not the third: a timer run makes three', async (t) => {
    t.mock.timers.enable({ apis: ['setTimeout'] });
    const { credential, requests } = openSlow();
    const read = () => withTimer(5_000, (abortSignal) => credential.getToken('scope', { abortSignal }));
    for (let tries = 0; tries < 2; tries += 1) {
      const failed = assert.rejects(read(), { code: 'store_timed_out' });
      t.mock.timers.tick(5_000);
      await failed;
    }
    const third = read();
    requests[0]?.resolve(accessToken);
    assert.deepEqual([await third, requests.length], [accessToken, 1]);
  });
});
