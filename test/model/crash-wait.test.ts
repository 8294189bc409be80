import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import { handOutToken } from '../../src/hand-out/hand-out.ts';
import { crashMove, settle, throwViolation } from './schedule.ts';
import { require } from './invariants.ts';
import { ACCOUNT, createWorld, type World } from './world.ts';

/** How long a caller waits at most. */
const CALLER_WAIT_MS = 25_000;

/** How long the login takes that ends the wait. */
const LOGIN_MS = 3_000;

/** Lets a caller of a new instance wait until it is answered. */
async function waitForAnswer(world: World): Promise<void> {
  const { handOut } = world.join();
  const startedAtMs = world.nowMs();
  const answer = handOutToken(handOut, { account: ACCOUNT, minTtlSeconds: undefined });
  const answers: string[] = [];
  void answer.then(({ result }) => answers.push(result));
  for (await settle(); answers.length === 0; await settle()) {
    throwViolation(world);
    const pending = world.effects.pending();
    const ready = pending.find(({ dueMs }) => dueMs === undefined);
    if (ready) {
      if (/login|refresh/.test(ready.label) && ready.stage === 'before') world.pass(LOGIN_MS);
      if (ready.stage === 'before') ready.perform(undefined);
      ready.answer();
      continue;
    }
    const dueMs = Math.min(...pending.map((effect) => effect.dueMs ?? Infinity));
    world.pass(Math.max(0, dueMs - world.nowMs()));
    for (const effect of pending.filter((sleep) => sleep.dueMs === dueMs)) {
      effect.perform(undefined);
      effect.answer();
    }
  }
  const waitedMs = world.nowMs() - startedAtMs;
  const detail = `${answers[0]} after ${waitedMs} ms`;
  require(answers[0] === 'token' &&
    waitedMs <= CALLER_WAIT_MS, 'a caller that waits from the moment of a crash is served', detail);
}

describe('the holder of a lease is killed while it rotates an expired token', () => {
  for (const skewMs of [-1_000, 0, 1_000]) {
    it(`and a caller from that moment on is served within its 25 s, its holder's clock ${skewMs} ms ahead`, async () => {
      let crashes = 0;
      for (let moves = 0; ; moves += 1) {
        const world = createWorld({ workers: 1, skewsMs: [skewMs], start: 'dead', cacheMs: 0 });
        world.workers()[0]?.run('tick');
        await settle();
        for (let made = 0; made < moves; made += 1) {
          const ready = world.effects.pending().find(({ dueMs }) => dueMs === undefined);
          if (ready?.stage === 'before') ready.perform(undefined);
          else ready?.answer();
          await settle();
        }
        const [holder] = world.workers();
        if (holder === undefined || world.running(holder.id) === 0) break;
        await crashMove(world, holder.id).make();
        await waitForAnswer(world);
        crashes += 1;
      }
      assert.ok(crashes > 5, `${crashes} moments to crash at`);
    });
  }
});
