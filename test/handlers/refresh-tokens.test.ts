import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import { inspect } from 'node:util';
import { InvocationContext } from '@azure/functions';
import { refreshTokens } from '../../src/handlers/refresh-tokens.ts';
import { findFreePorts } from '../../src/local/ports.ts';
import { validEnv } from '../fixtures.ts';

const SECRET = 'a-secret-of-this-test';

/** A context whose log throws when it is told of a failed rotation: nobody foresaw that. */
function contextWithBrokenLog(lines: string[]): InvocationContext {
  const logHandler = (_level: string, ...[line]: unknown[]) => {
    if (String(line).startsWith('rotation.failed')) throw Object.assign(new TypeError(SECRET), { request: SECRET });
    lines.push(String(line));
  };
  return new InvocationContext({ invocationId: '1', functionName: 'refreshTokens', logHandler });
}

describe('the timer function', () => {
  it('fails by an error that nobody foresaw with nothing of it but what is in the log', async () => {
    const [port = 0] = await findFreePorts(1);
    const storage = `TableEndpoint=http://127.0.0.1:${port}/a;SharedAccessSignature=sig=s`;
    Object.assign(process.env, validEnv({ AzureWebJobsStorage: storage }));
    const lines: string[] = [];
    const failure: unknown = await refreshTokens(contextWithBrokenLog(lines)).then(
      () => undefined,
      (error: unknown) => error,
    );
    assert.ok(failure instanceof Error);
    assert.match(failure.message, /invocation\.failed/);
    assert.equal(failure.cause, undefined);
    assert.doesNotMatch(inspect(failure, { depth: Infinity, showHidden: true }) + lines.join('\n'), /a-secret/);
    assert.match(lines.join('\n'), /^invocation\.failed \{"error":"TypeError","at":\[".+\]\}$/);
  });
});
