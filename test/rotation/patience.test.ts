import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import { setFlagsFromString } from 'node:v8';
import { runInNewContext } from 'node:vm';
import { share, within } from '../../src/rotation/patience.ts';
import { type Sleep, sleep } from '../../src/sleep.ts';

/** A broken sleep fails its test instead of holding it up. */
const limit = { timeout: 2000 };

/** A sleep that ends when the test says so. */
function heldSleep() {
  const slept = Promise.withResolvers<void>();
  const calls: { ms: number; signal: AbortSignal | undefined }[] = [];
  const sleepFor: Sleep = (ms, signal) => {
    calls.push({ ms, signal });
    return slept.promise;
  };
  return { sleepFor, calls, wakeUp: slept.resolve };
}

describe('sleep', limit, () => {
  it('ends when its time is up, and not before', async (t) => {
    t.mock.timers.enable({ apis: ['setTimeout'] });
    let slept = false;
    const sleeping = sleep(5000).then(() => (slept = true));
    t.mock.timers.tick(4999);
    await new Promise(setImmediate);
    assert.equal(slept, false);
    t.mock.timers.tick(1);
    await sleeping;
  });

  it('ends as soon as its signal aborts, and leaves no timer behind', async () => {
    const countTimers = () => process.getActiveResourcesInfo().filter((resource) => resource === 'Timeout').length;
    const before = countTimers();
    const enough = new AbortController();
    const slept = sleep(60_000, enough.signal);
    assert.equal(countTimers(), before + 1);
    enough.abort();
    await slept;
    assert.equal(countTimers(), before);
  });

  it('ends at once if its signal has aborted before', async (t) => {
    t.mock.timers.enable({ apis: ['setTimeout'] });
    const slept = sleep(60_000, AbortSignal.abort()).then(() => 'slept');
    const first = await Promise.race([slept, new Promise((resolve) => setImmediate(() => resolve('still asleep')))]);
    assert.equal(first, 'slept');
  });
});

describe('within', limit, () => {
  it('yields what the work yields when that comes first, and ends the sleep', async () => {
    const { sleepFor, calls } = heldSleep();
    assert.equal(await within(async () => 'done', 5000, sleepFor), 'done');
    assert.deepEqual([calls.length, calls[0]?.ms, calls[0]?.signal?.aborted], [1, 5000, true]);
  });

  it('yields nothing when the time is up first, and lets the work go on', async () => {
    const { sleepFor, wakeUp } = heldSleep();
    const work = Promise.withResolvers<string>();
    const waited = within(() => work.promise, 5000, sleepFor);
    wakeUp();
    assert.equal(await waited, undefined);
    work.resolve('done');
    assert.equal(await work.promise, 'done');
  });

  it('fails as the work fails, and ends the sleep', async () => {
    const { sleepFor, calls } = heldSleep();
    await assert.rejects(
      within(() => Promise.reject(new Error('broken')), 5000, sleepFor),
      /broken/,
    );
    assert.equal(calls[0]?.signal?.aborted, true);
  });

  it('ignores a failure that comes after the wait', async () => {
    const { sleepFor, wakeUp } = heldSleep();
    const work = Promise.withResolvers<string>();
    const waited = within(() => work.promise, 5000, sleepFor);
    wakeUp();
    await waited;
    work.reject(new Error('late')); // an unhandled rejection would fail this test
    await new Promise(setImmediate);
  });
});

describe('shared work', limit, () => {
  it('tells all who wait how it ended, whichever way', async () => {
    for (const work of [Promise.resolve('done'), Promise.reject(new Error('broken'))]) {
      const wait = share(work);
      const outcomes = await Promise.allSettled([wait(undefined), wait(new AbortController().signal)]);
      assert.deepEqual(outcomes, await Promise.allSettled([work, work]));
    }
  });

  it('does not wait for those who had left before they came', async () => {
    const wait = share(Promise.resolve('done'));
    void wait(AbortSignal.abort()).then(() => assert.fail('it has left'));
    assert.equal(await wait(undefined), 'done');
  });

  it('keeps nothing of those who have left, however long it goes on', async () => {
    const wait = share(new Promise<string>(() => undefined));
    const left = Array.from({ length: 10 }, () => waitAndLeave(wait));
    await new Promise(setImmediate);
    collectGarbage();
    assert.deepEqual(
      left.map((waiter) => waiter.deref()),
      left.map(() => undefined),
    );
    wait(undefined).catch(() => undefined); // the work itself is still there
  });
});

/** Waits as a caller does that gives up. Returns what it had at hand. */
function waitAndLeave(wait: (enough: AbortSignal) => Promise<string>): WeakRef<object> {
  const enough = new AbortController();
  const atHand = { generation: 1 };
  void (async () => assert.fail(`${await wait(enough.signal)} ${atHand.generation}`))();
  enough.abort();
  return new WeakRef(atHand);
}

function collectGarbage(): void {
  setFlagsFromString('--expose-gc');
  runInNewContext('gc')();
}
