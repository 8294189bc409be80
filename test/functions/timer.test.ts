import assert from 'node:assert/strict';
import { after, before, describe, it } from 'node:test';
import { inspect } from 'node:util';
import { InvocationContext } from '@azure/functions';
import { refreshTokens } from '../../src/functions/timer.ts';
import { type Azurite, startAzurite } from '../../src/local/azurite.ts';
import { type Simulator, startSimulator } from '../../src/local/simulator/simulator.ts';
import { validEnv } from '../fixtures.ts';

const SECRET = 'a-secret-of-this-test';

/** A context that passes on each line. */
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

  it('fails without revealing an unexpected error, and logs where to look', async () => {
    const lines: string[] = [];
    const context = contextThatTells((line) => {
      if (line.startsWith('rotation.')) throw Object.assign(new TypeError(SECRET), { request: SECRET });
      lines.push(line);
    });
    const failure = await failureOf(refreshTokens(context));
    assert.match(failure.message, /invocation\.failed/);
    assert.equal(failure.cause, undefined);
    assert.doesNotMatch(inspect(failure, { depth: Infinity, showHidden: true }) + lines.join('\n'), /a-secret/);
    assert.match(lines.join('\n'), /^invocation\.failed \{"error":"TypeError","at":\[".+\],"level":"error"\}$/);
  });
});
