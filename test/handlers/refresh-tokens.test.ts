import assert from 'node:assert/strict';
import { after, before, describe, it } from 'node:test';
import { inspect } from 'node:util';
import { InvocationContext } from '@azure/functions';
import { refreshTokens } from '../../src/handlers/refresh-tokens.ts';
import { type Azurite, startAzurite } from '../../src/local/azurite.ts';
import { type Simulator, startSimulator } from '../../src/local/simulator/simulator.ts';
import { validEnv } from '../fixtures.ts';

const SECRET = 'a-secret-of-this-test';
const PATIENCE_MS = 95_000;

/** A context that tells what is logged. */
function contextThatTells(tell: (line: string) => void): InvocationContext {
  const logHandler = (_level: string, ...[line]: unknown[]) => tell(String(line));
  return new InvocationContext({ invocationId: '1', functionName: 'refreshTokens', logHandler });
}

async function failureOf(check: Promise<void>): Promise<Error> {
  const failure: unknown = await check.then(
    () => undefined,
    (error: unknown) => error,
  );
  assert.ok(failure instanceof Error);
  return failure;
}

describe('the timer function', { timeout: 60_000 }, () => {
  let azurite: Azurite;
  let simulator: Simulator;
  before(async () => {
    azurite = await startAzurite();
    const env = validEnv({ AzureWebJobsStorage: azurite.connectionString });
    const { QUARTILE_USERNAME = '', QUARTILE_PASSWORD = '', QUARTILE_SUBSCRIPTION_KEY = '' } = env;
    const credentials = { username: QUARTILE_USERNAME, password: QUARTILE_PASSWORD };
    simulator = await startSimulator({ ...credentials, subscriptionKey: QUARTILE_SUBSCRIPTION_KEY });
    Object.assign(process.env, env, { QUARTILE_BASE_URL: simulator.baseUrl });
  });
  after(async () => {
    await simulator.close();
    await azurite.stop();
  });

  it('tells what comes after its end in the log of the process', async (t) => {
    t.mock.timers.enable({ apis: ['setTimeout'] });
    const [own, later]: [string[], string[]] = [[], []];
    t.mock.method(console, 'info', (line: string) => later.push(line));
    simulator.addFault({ on: 'login', fault: { kind: 'hold', processed: true } });
    const check = failureOf(refreshTokens(contextThatTells((line) => own.push(line))));
    while (simulator.stats().held === 0) await new Promise(setImmediate);
    t.mock.timers.tick(PATIENCE_MS);
    assert.match((await check).message, /still_running/);
    simulator.release();
    while (later.length === 0) await new Promise(setImmediate);
    assert.match(later.join(), /^rotation\.done /);
    assert.deepEqual(own, []);
  });

  it('fails by an error that nobody foresaw with nothing of it but what is in the log', async () => {
    const lines: string[] = [];
    const context = contextThatTells((line) => {
      if (line.startsWith('rotation.')) throw Object.assign(new TypeError(SECRET), { request: SECRET });
      lines.push(line);
    });
    const failure = await failureOf(refreshTokens(context));
    assert.match(failure.message, /invocation\.failed/);
    assert.equal(failure.cause, undefined);
    assert.doesNotMatch(inspect(failure, { depth: Infinity, showHidden: true }) + lines.join('\n'), /a-secret/);
    assert.match(lines.join('\n'), /^invocation\.failed \{"error":"TypeError","at":\[".+\]\}$/);
  });
});
