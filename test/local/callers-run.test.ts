import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import { matchesSecret } from '../../src/callers/client-secret.ts';
import { CallersProblem, runAction } from '../../src/local/callers/run.ts';
import { StoreError } from '../../src/store/token-store.ts';
import { createMemoryCallers } from '../callers/memory-callers.ts';
import { readCaller } from '../callers/read-caller.ts';
import { caller, NOW_MS } from '../fixtures.ts';

/** A table whose writes are not answered. `then`: its state afterwards. */
async function setUp(then: 'written' | 'not written' | 'out of reach') {
  const store = createMemoryCallers();
  await store.write(caller(), undefined);
  const write = store.write.bind(store);
  store.write = async (changed, etag) => {
    if (then === 'written') await write(changed, etag);
    store.down = then === 'out of reach';
    return { result: 'unknown', code: 'store_timed_out' };
  };
  const parts = { store, nowMs: () => NOW_MS };
  const run = (command: 'add' | 'rotate-secret' | 'disable', name: string) => runAction(parts, { command, name });
  return { store, run };
}

const secretOf = (printed: string) => /^client_secret: (.+)$/m.exec(printed)?.[1] ?? '';

describe('a command whose write is not answered', () => {
  for (const [command, name] of [
    ['add', 'new-one'],
    ['rotate-secret', 'worker'],
  ] as const) {
    it(`prints the secret if the write happened: ${command}`, async () => {
      const { store, run } = await setUp('written');
      const secret = secretOf(await run(command, name));
      const kept = (await readCaller(store, name))?.caller.secretHash ?? '';
      assert.ok(matchesSecret(secret, kept));
    });

    it(`says that nothing happened, or that this is unknown, and prints no secret: ${command}`, async () => {
      const unwritten = await setUp('not written');
      const nothing = {
        name: 'CallersProblem',
        message: `The storage did not answer (store_timed_out), and ${name} was not changed: try again.`,
      };
      await assert.rejects(unwritten.run(command, name), nothing);
      const { run } = await setUp('out of reach');
      const unknown = (error: unknown) =>
        error instanceof StoreError && /unknown whether.*rotate-secret/.test(error.message);
      await assert.rejects(run(command, name), unknown);
    });
  }

  it('says whether a change without a secret happened', async () => {
    const { store, run } = await setUp('written');
    assert.equal(await run('disable', 'worker'), 'worker is disabled');
    assert.equal((await readCaller(store, 'worker'))?.caller.disabled, true);
    await assert.rejects((await setUp('not written')).run('disable', 'worker'), CallersProblem);
  });
});
