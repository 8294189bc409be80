import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import { createLoginQueue } from '../../src/callers/login-queue.ts';

/** A queue for two and three more, and what came of logins that it was given. */
function setUp() {
  const queue = createLoginQueue({ atOnce: 2, waiting: 3 });
  const checks: PromiseWithResolvers<string>[] = [];
  const logIn = () =>
    queue.admit(() =>
      queue.inTurn(() => {
        const check = Promise.withResolvers<string>();
        checks.push(check);
        return check.promise;
      }),
    );
  return { checks, logIn };
}

const settled = () => new Promise((resolve) => setImmediate(resolve));

describe('the queue of logins', () => {
  it('checks two secrets at once, and the others in the order they came', async () => {
    const { checks, logIn } = setUp();
    const logins = [logIn(), logIn(), logIn(), logIn()];
    for (const [index, expected] of [2, 3, 4, 4].entries()) {
      await settled();
      assert.equal(checks.length, expected);
      checks[index]?.resolve(`check ${index}`);
    }
    assert.deepEqual(await Promise.all(logins.map(async (login) => login)), [
      'check 0',
      'check 1',
      'check 2',
      'check 3',
    ]);
  });

  it('takes no more than may wait, until one is done, or has failed', async () => {
    const { checks, logIn } = setUp();
    const logins = Array.from({ length: 6 }, logIn);
    assert.deepEqual(
      logins.map((login) => login === undefined),
      [false, false, false, false, false, true],
    );
    checks[0]?.reject(new Error('broken'));
    await assert.rejects(async () => logins[0], /broken/);
    await settled();
    assert.equal(checks.length, 3, 'its turn goes to the next one');
    assert.ok(logIn());
    assert.equal(logIn(), undefined);
  });
});
