import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import type { CallerStore } from '../../src/callers/caller-store.ts';
import { failureRowsOf } from '../../src/callers/login-throttle.ts';
import { MINUTE_MS, NOW_MS } from '../fixtures.ts';
import { CHEAP_HASH, CHEAP_SECRET, SECRET, seen, type Setting, setUp } from './login-scene.ts';

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
