import assert from 'node:assert/strict';
import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { after, before, describe, it } from 'node:test';
import { fileURLToPath } from 'node:url';
import { bareEnv } from '../e2e/running-host.ts';
import { type Stack, startStack } from '../e2e/stack.ts';

const script = fileURLToPath(new URL('../../infra/smoke-test.js', import.meta.url));
const skip = process.env.E2E_HOST === 'func' && 'the keys of func start are not known to the test';

/** Asks as the workflow does, but without patience. */
async function smoke(url: string, key: string): Promise<{ code: number; output: string }> {
  const child = spawn(process.execPath, [script, url, '0'], { env: bareEnv(), stdio: ['pipe', 'pipe', 'pipe'] });
  let output = '';
  for (const stream of [child.stdout, child.stderr]) stream.on('data', (chunk) => (output += String(chunk)));
  child.stdin.end(`${key}\n`);
  const [code] = await once(child, 'close');
  return { code: Number(code), output };
}

describe('the smoke test of a deployed app', { timeout: 120_000, skip }, () => {
  const key = 'function-key-of-the-smoke-test';
  let stack: Stack;
  before(async () => {
    stack = await startStack({
      args: ['--enable-auth', '--function-key', key, '--master-key', 'master-key-of-the-smoke-test'],
    });
  });
  after(() => stack.stop());

  it('passes where the app hands out a token, and tells neither token nor key', async () => {
    const { code, output } = await smoke(stack.host.url, key);
    assert.equal(code, 0, output);
    assert.equal(output, '/api/token: 200\n/api/health: 200\nThe app hands out a token, and is well.\n');
  });

  it('fails with a wrong key, where nothing listens, and without an address', async () => {
    assert.equal((await smoke(stack.host.url, 'wrong')).code, 1);
    assert.equal((await smoke('http://127.0.0.1:1', key)).code, 1);
    assert.equal((await smoke('', key)).code, 1);
  });
});
