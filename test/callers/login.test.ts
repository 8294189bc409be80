import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import { callerRowKey } from '../../src/callers/caller-name.ts';
import { verifyToken } from '../../src/callers/caller-token.ts';
import { logIn, type LoginParts } from '../../src/callers/login.ts';
import { createLoginQueue } from '../../src/callers/login-queue.ts';
import { MINUTE_MS, NOW_MS } from '../fixtures.ts';
import { SECRET, setUp } from './login-scene.ts';
import { readCaller } from './read-caller.ts';

describe('a login', () => {
  it('by the right secret gives a pair that speaks for the caller', async () => {
    const { parts, tryIt } = await setUp();
    const login = await tryIt();
    assert.ok(login.result === 'logged-in');
    assert.deepEqual([login.caller, login.accessLifeMs], ['worker', 15 * MINUTE_MS]);
    const identity = { caller: 'worker', credentialId: 'credential-1' };
    const { accessToken, refreshToken } = login;
    for (const [kind, token, lifeMs] of [
      ['access', accessToken, parts.accessLifeMs],
      ['refresh', refreshToken, parts.refreshLifeMs],
    ] as const) {
      const verdictAt = (atMs: number) => verifyToken(parts.keys, token, { kind, nowMs: atMs });
      assert.deepEqual(await verdictAt(NOW_MS + lifeMs - 1), { result: 'known', identity });
      assert.deepEqual(await verdictAt(NOW_MS + lifeMs), { result: 'refused', code: 'token_expired' });
    }
  });

  it('is noted in the table, once a minute at most', async () => {
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

  it('does not undo what an operator does at the same time', async () => {
    const { store, tryIt } = await setUp();
    const readFailures = store.readFailures.bind(store);
    store.readFailures = async (row) => {
      store.readFailures = readFailures; // the operator comes in between, once
      const stored = await readCaller(store, 'worker');
      assert.ok(stored);
      await store.write({ ...stored.caller, disabled: true }, stored.etag);
      return readFailures(row);
    };
    assert.equal((await tryIt()).result, 'logged-in');
    assert.equal((await readCaller(store, 'worker'))?.caller.disabled, true);
    assert.equal((await tryIt()).result, 'refused');
  });

  it('lets in whom the table lets in, also where nothing can be written', async () => {
    const { store, tryIt } = await setUp();
    store.writesDown = true;
    assert.equal((await tryIt()).result, 'logged-in');
  });

  it('is neither right nor wrong while the table is out of reach, or failures cannot be counted', async () => {
    const { store, tryIt } = await setUp();
    store.writesDown = true;
    assert.deepEqual(await tryIt('wrong'), { result: 'store-unavailable', code: 'AbortError' });
    store.down = true;
    for (const secret of [SECRET, 'wrong']) {
      assert.deepEqual(await tryIt(secret), { result: 'store-unavailable', code: 'ECONNREFUSED' });
    }
  });
});

describe('a crowd of logins', () => {
  for (const clientId of ['worker', 'nobody']) {
    it(`is turned away beyond what one instance takes, without a look into the table: ${clientId}`, async () => {
      const { store, parts } = await setUp();
      let [checking, most] = [0, 0];
      const queue = createLoginQueue();
      const counted: LoginParts = {
        ...parts,
        queue: {
          ...queue,
          inTurn: (check) =>
            queue.inTurn(() => {
              most = Math.max(most, (checking += 1));
              return check().finally(() => (checking -= 1));
            }),
        },
      };
      const logins = Array.from({ length: 100 }, () => logIn(counted, { clientId, clientSecret: 'wrong' }));
      const results = await Promise.all(logins);
      assert.equal(results.filter(({ result }) => result === 'crowded').length, 66);
      assert.equal(store.asked.filter((verb) => verb === 'read').length, 34);
      assert.equal(most, 2);
      assert.notEqual((await logIn(counted, { clientId, clientSecret: 'wrong' })).result, 'crowded');
    });
  }
});

describe('a damaged row', () => {
  it('is told of in the log, by its name, and by nothing that cannot be one', async () => {
    const { store, events, tryIt } = await setUp({ damaged: true });
    assert.deepEqual(await tryIt(), { result: 'refused', caller: undefined });
    store.damaged.add(callerRowKey('No Name'));
    await tryIt(SECRET, 'No Name');
    const name = 'caller.row_damaged';
    assert.deepEqual(events, [
      { name, caller: 'worker' },
      { name, caller: undefined },
    ]);
  });
});
