import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import type { Caller } from '../../src/callers/caller-store.ts';
import { verifyToken } from '../../src/callers/caller-token.ts';
import { hashSecret } from '../../src/callers/client-secret.ts';
import { renewAccess } from '../../src/callers/login.ts';
import { err, ok } from '../../src/result.ts';
import { StoreError } from '../../src/store/token-store.ts';
import { MINUTE_MS, NOW_MS } from '../fixtures.ts';
import { SECRET, type Setting, setUp, WRONG } from './login-scene.ts';
import type { MemoryCallers } from './memory-callers.ts';
import { readCaller } from './read-caller.ts';

const identity = { caller: 'worker', credentialId: 'credential-1' };
const unreachable = (error: unknown) => error instanceof StoreError && error.code === 'store_unreachable';

/** Changes the caller as an operator would. */
async function change(store: MemoryCallers, changes: Partial<Caller>): Promise<void> {
  const stored = await readCaller(store, 'worker');
  assert.ok(stored);
  await store.write({ ...stored.caller, ...changes }, stored.etag);
}

describe('a login', () => {
  it('with the right secret returns a pair that identifies the caller', async () => {
    const { parts, tryIt } = await setUp();
    const login = await tryIt();
    assert.ok(login.ok);
    const { caller, accessToken, refreshToken, accessLifeMs } = login.value;
    assert.deepEqual([caller, accessLifeMs], ['worker', 15 * MINUTE_MS]);
    for (const [kind, token, lifeMs] of [
      ['access', accessToken, parts.accessLifeMs],
      ['refresh', refreshToken, parts.refreshLifeMs],
    ] as const) {
      const verdictAt = (atMs: number) => verifyToken(parts.keys, token, { kind, nowMs: atMs });
      assert.deepEqual(await verdictAt(NOW_MS + lifeMs - 1), ok(identity));
      assert.deepEqual(await verdictAt(NOW_MS + lifeMs), err('token_expired'));
    }
  });

  it('is recorded in the table, once a minute at most', async () => {
    const { store, clock, tryIt } = await setUp();
    const lastLogin = async () => (await readCaller(store, 'worker'))?.caller.lastLoginAtMs;
    await tryIt();
    clock.nowMs += MINUTE_MS - 1;
    await tryIt();
    assert.equal(await lastLogin(), NOW_MS);
    clock.nowMs += 1;
    await tryIt();
    assert.equal(await lastLogin(), NOW_MS + MINUTE_MS);
  });

  for (const [what, changes] of [
    ['disables the caller', { disabled: true }],
    ['rotates the secret', { secretHash: hashSecret(WRONG), credentialId: 'credential-2' }],
  ] as const) {
    it(`cannot overtake an operator who ${what} after the row was read`, async () => {
      const { store, tryIt } = await setUp();
      const read = store.read.bind(store);
      store.read = async (rowKey) => {
        const found = await read(rowKey);
        store.read = read; // the operator comes right after the first read
        await change(store, changes);
        return found;
      };
      assert.equal((await tryIt()).ok, false);
      assert.deepEqual((await readCaller(store, 'worker'))?.caller.disabled, 'disabled' in changes);
      assert.equal((await readCaller(store, 'worker'))?.caller.lastLoginAtMs, undefined, 'and undoes no change');
    });
  }

  it('succeeds if the login cannot be recorded', async () => {
    const { store, tryIt } = await setUp();
    store.writesDown = true;
    assert.equal((await tryIt()).ok, true);
  });

  it('is neither accepted nor refused while the table cannot be read', async () => {
    const { store, tryIt } = await setUp();
    store.down = true;
    for (const secret of [SECRET, WRONG]) await assert.rejects(tryIt(secret), unreachable);
  });
});

describe('a refused login', () => {
  const old = `scrypt:16384:8:1:${'A'.repeat(22)}:${'A'.repeat(43)}`;
  const kinds: [what: string, setting: Setting, clientId: string, secret: string, known: boolean][] = [
    ['a wrong secret', {}, 'worker', WRONG, true],
    ['a secret of another form', {}, 'worker', `${SECRET}\0`, true],
    ['an old hash', { secretHash: old }, 'worker', SECRET, true],
    ['an unknown name', {}, 'nobody', SECRET, false],
    ['a text that is no name', {}, 'No Name', SECRET, false],
    ['a disabled caller', { disabled: true }, 'worker', SECRET, true],
    ['a disabled caller and a wrong secret', { disabled: true }, 'worker', WRONG, true],
    ['a damaged row', { damaged: true }, 'worker', SECRET, false],
  ];
  for (const [what, setting, clientId, secret, known] of kinds) {
    it(`takes one read, whatever is wrong, and names only existing callers: ${what}`, async () => {
      const { store, tryIt } = await setUp(setting);
      store.asked.length = 0;
      assert.deepEqual(await tryIt(secret, clientId), err({ caller: known ? 'worker' : undefined }));
      assert.deepEqual(store.asked, ['read']);
    });
  }

  it('looks up no text that cannot be a name: not every character may stand in a row key', async (t) => {
    const { store, tryIt } = await setUp();
    const read = t.mock.method(store, 'read');
    for (const text of ['a/b', '#?', '', 'A']) await tryIt(SECRET, text);
    assert.deepEqual([...new Set(read.mock.calls.map(({ arguments: [rowKey] }) => rowKey))], ['-']);
  });

  it('does not hold back the right secret, however many there are', async () => {
    const { tryIt } = await setUp();
    await Promise.all(Array.from({ length: 200 }, () => tryIt(WRONG)));
    assert.equal((await tryIt()).ok, true);
  });

  it('logs a damaged row by its name', async () => {
    const { events, tryIt } = await setUp({ damaged: true });
    await tryIt();
    assert.deepEqual(events, [{ name: 'caller.row_damaged', caller: 'worker' }]);
  });
});

describe('a renewal', () => {
  it('returns an access token that identifies the same caller', async () => {
    const { parts } = await setUp();
    const renewal = await renewAccess(parts, identity);
    assert.equal(renewal?.accessLifeMs, parts.accessLifeMs);
    const accessToken = renewal?.accessToken ?? '';
    assert.deepEqual(await verifyToken(parts.keys, accessToken, { kind: 'access', nowMs: NOW_MS }), ok(identity));
  });

  it('is refused if the caller is disabled, gone or damaged, or has a new secret', async () => {
    const settings: Setting[] = [
      { disabled: true },
      { credentialId: 'credential-2' },
      { name: 'another' },
      { damaged: true },
    ];
    for (const setting of settings) {
      assert.equal(await renewAccess((await setUp(setting)).parts, identity), undefined, JSON.stringify(setting));
    }
  });

  it('is neither granted nor refused while the table cannot be read', async () => {
    const { store, parts } = await setUp();
    store.down = true;
    await assert.rejects(renewAccess(parts, identity), unreachable);
  });
});
