import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import { callerRowKey } from '../../src/callers/caller-name.ts';
import type { Caller, CallerStore } from '../../src/callers/caller-store.ts';
import { verifyToken } from '../../src/callers/caller-token.ts';
import { hashSecret } from '../../src/callers/client-secret.ts';
import { logIn, type LoginParts } from '../../src/callers/login.ts';
import { createLoginQueue } from '../../src/callers/login-queue.ts';
import { failureRowsOf } from '../../src/callers/login-throttle.ts';
import type { TelemetryEvent } from '../../src/telemetry/events.ts';
import { caller, MINUTE_MS, NOW_MS } from '../fixtures.ts';
import { loginParts } from './login-crowd.ts';
import { createMemoryCallers } from './memory-callers.ts';
import { readCaller } from './read-caller.ts';

const SECRET = 'the secret';
const secretHash = await hashSecret(SECRET);

/** For many logins: costs next to nothing. */
const [CHEAP_SECRET, CHEAP_HASH] = [
  'a secret',
  'scrypt:2:1:1:AAAAAAAAAAAAAAAAAAAAAA:86qaky9PSphI_31a44Z_pomwazvQBKX8h1cPFscUSVo',
];

type Setting = Partial<Caller> & { readonly damaged?: boolean };

/** A table with one caller, and a clock that a test moves. */
async function setUp({ damaged = false, ...overrides }: Setting = {}) {
  const store = createMemoryCallers();
  await store.write(caller({ secretHash, ...overrides }), undefined);
  if (damaged) store.damaged.add('worker');
  const events: TelemetryEvent[] = [];
  const clock = { nowMs: NOW_MS };
  let ids = 0;
  const parts: LoginParts = {
    ...loginParts(store),
    nowMs: () => clock.nowMs,
    newId: () => `id-${(ids += 1)}`,
    report: (event) => void events.push(event),
  };
  const tryIt = (clientSecret = SECRET, clientId = 'worker') => logIn(parts, { clientId, clientSecret });
  const fail = async (times: number, clientId = 'worker') => {
    for (let count = 0; count < times; count += 1) await tryIt('wrong', clientId);
  };
  return { store, clock, parts, events, tryIt, fail };
}

/** An answer as it is seen from outside. */
function seen({ result, ...others }: Awaited<ReturnType<typeof logIn>>) {
  return 'waitMs' in others ? [result, others.waitMs] : [result];
}

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

describe('a login that fails', () => {
  const kinds: [string, Setting, string, string][] = [
    ['a wrong secret', {}, 'worker', 'wrong'],
    ['a name that nobody has', {}, 'nobody', SECRET],
    ['a name that nobody can have', {}, 'No Name', SECRET],
    ['the row key of another kind of row', {}, 'own-worker', SECRET],
    ['a caller who is disabled', { disabled: true }, 'worker', SECRET],
    ['a caller whose row is damaged', { damaged: true }, 'worker', SECRET],
    ['a caller who is disabled, and a wrong secret', { disabled: true }, 'worker', 'wrong'],
  ];

  it('is answered alike, again and again, whatever is wrong', async () => {
    const answers = await Promise.all(
      kinds.map(async ([, overrides, clientId, secret]) => {
        const { clock, tryIt } = await setUp(overrides);
        const answered = [];
        for (let count = 0; count < 13; count += 1) answered.push(seen(await tryIt(secret, clientId)));
        clock.nowMs += 7_000;
        answered.push(seen(await tryIt(secret, clientId)));
        clock.nowMs += 15 * MINUTE_MS;
        answered.push(seen(await tryIt(secret, clientId)));
        return answered;
      }),
    );
    const refused = ['refused'];
    const waits = [5_000, 10_000, 20_000, 40_000, 60_000, 60_000, 60_000, 60_000, 60_000];
    const throttled = waits.map((waitMs) => ['throttled', waitMs]);
    for (const [index, answered] of answers.entries()) {
      const expected = [...Array.from({ length: 5 }, () => refused), ...throttled, refused];
      assert.deepEqual(answered, expected, kinds[index]?.[0]);
    }
  });

  it('is as much work, whatever is wrong, also while it makes wait', async () => {
    const works = await Promise.all(
      kinds.map(async ([, overrides, clientId, secret]) => {
        const { store, tryIt } = await setUp(overrides);
        store.asked.length = 0;
        for (let count = 0; count < 8; count += 1) await tryIt(secret, clientId);
        return store.asked.map((verb) => verb.replace(/own|decoy/, 'own or decoy'));
      }),
    );
    for (const work of works) assert.deepEqual(work, works[0]);
  });

  it('is as much hashing, whatever is wrong', async () => {
    const { fail } = await setUp();
    /** What the processor did for it, on all threads: what others make it do meanwhile does not count. */
    const workOf = async (clientId: string) => {
      const before = process.cpuUsage();
      await fail(4, clientId);
      return process.cpuUsage(before).user;
    };
    const [known, unknown] = [await workOf('worker'), await workOf('nobody')];
    assert.ok(unknown > known / 3 && known > unknown / 3, `${known} µs and ${unknown} µs`);
  });

  it('is named in the log only where there is such a caller', async () => {
    const { tryIt } = await setUp();
    assert.deepEqual(await tryIt('wrong'), { result: 'refused', caller: 'worker' });
    assert.deepEqual(await tryIt(SECRET, 'nobody'), { result: 'refused', caller: undefined });
  });
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

describe('a caller who has to wait', () => {
  it('is told the same by the right secret as by a wrong one', async () => {
    const answers = await Promise.all(
      [SECRET, 'wrong'].map(async (secret) => {
        const { tryIt, fail } = await setUp();
        await fail(6);
        return [seen(await tryIt(secret)), seen(await tryIt(secret))];
      }),
    );
    assert.deepEqual(answers[0], answers[1]);
    assert.deepEqual(answers[0], [
      ['throttled', 10_000],
      ['throttled', 20_000],
    ]);
  });

  it('is let in once the wait is over, however often somebody has tried meanwhile', async () => {
    const { clock, tryIt, fail } = await setUp();
    await fail(6);
    clock.nowMs += 4_000;
    await fail(30);
    assert.equal((await tryIt()).result, 'throttled');
    clock.nowMs += 1_000;
    assert.equal((await tryIt()).result, 'logged-in');
  });

  it('gets in within two minutes each time by obeying, while somebody sends a wrong secret every second for an hour', async () => {
    const { clock, tryIt } = await setUp({ secretHash: CHEAP_HASH });
    const pausesMs = [61_000, 4 * MINUTE_MS, 97_000, 9 * MINUTE_MS];
    let [logins, askAtMs, wantedAtMs, longestMs] = [0, clock.nowMs, clock.nowMs, 0];
    for (const endMs = clock.nowMs + 60 * MINUTE_MS; clock.nowMs < endMs; clock.nowMs += 1_000) {
      await tryIt('wrong');
      if (clock.nowMs < askAtMs) continue;
      const login = await tryIt(CHEAP_SECRET);
      if (login.result === 'throttled') {
        askAtMs = clock.nowMs + Math.ceil(login.waitMs / 1000) * 1000;
        continue;
      }
      assert.equal(login.result, 'logged-in');
      longestMs = Math.max(longestMs, clock.nowMs - wantedAtMs);
      logins += 1;
      wantedAtMs = askAtMs = clock.nowMs + (pausesMs[logins % pausesMs.length] ?? 0);
    }
    assert.ok(longestMs <= 2 * MINUTE_MS, `${longestMs} ms`);
    assert.ok(logins >= 10, `${logins} logins`);
  });

  it('begins anew after a login', async () => {
    const { clock, tryIt, fail, store } = await setUp();
    await fail(6);
    clock.nowMs += 5_000;
    await tryIt();
    assert.deepEqual((await store.readFailures('own-worker')).timesMs, []);
    await fail(5);
    assert.equal((await tryIt()).result, 'logged-in');
  });
});

describe('a failure that is counted while a login succeeds', () => {
  it('is not forgotten', async () => {
    const { store, tryIt, fail } = await setUp();
    await fail(2);
    const forgetFailures = store.forgetFailures.bind(store);
    store.forgetFailures = async (row, etag) => {
      await fail(1);
      return forgetFailures(row, etag);
    };
    assert.equal((await tryIt()).result, 'logged-in');
    assert.equal((await store.readFailures('own-worker')).timesMs.length, 3);
  });
});

describe('somebody who fills the slot of a caller by names that nobody has', () => {
  /** As twelve failed logins by another name in the same slot leave it. */
  const fill = async ({ store }: { store: CallerStore }) => {
    const times = Array.from({ length: 10 }, () => NOW_MS);
    await store.writeFailures(failureRowsOf('worker', true).slot, times, undefined);
  };

  it('locks nobody out, and learns nothing', async () => {
    const bench = await setUp();
    await fill(bench);
    assert.deepEqual(seen(await bench.tryIt('wrong')), ['throttled', 60_000]);
    assert.equal((await bench.tryIt()).result, 'logged-in');
  });

  it('gets no more guesses at the secret than anybody', async () => {
    const bench = await setUp();
    await fill(bench);
    await bench.fail(6);
    assert.equal((await bench.tryIt()).result, 'throttled');
  });
});
