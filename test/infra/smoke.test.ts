import assert from 'node:assert/strict';
import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { readFileSync } from 'node:fs';
import { createServer, type ServerResponse } from 'node:http';
import { after, before, describe, it } from 'node:test';
import { fileURLToPath } from 'node:url';
import * as z from 'zod';
import { findFreePort } from '../../src/local/ports.ts';
import { bareEnv } from '../e2e/running-host.ts';
import { type Stack, startStack } from '../e2e/stack.ts';
import { keySetting } from '../fixtures.ts';

const script = fileURLToPath(new URL('../../infra/smoke-test.js', import.meta.url));
const skip = process.env.E2E_HOST === 'func' && 'the keys of func start are not known to the test';
const manifest = JSON.parse(readFileSync(new URL('../../package.json', import.meta.url), 'utf8'));
const { version } = z.object({ version: z.string() }).parse(manifest);

/** Runs it as the workflow does, but without repeating a check. */
async function smoke(args: readonly string[], key = ''): Promise<{ code: number; output: string }> {
  const all = [script, ...args, ...(args.includes('--patience') ? [] : ['--patience', '0'])];
  const child = spawn(process.execPath, all, { env: bareEnv(), stdio: ['pipe', 'pipe', 'pipe'] });
  let output = '';
  for (const stream of [child.stdout, child.stderr]) stream.on('data', (chunk) => (output += String(chunk)));
  child.stdin.on('error', () => undefined).end(`${key}\n`); // it may have ended before it read the key
  const [code] = await once(child, 'close');
  return { code: Number(code), output };
}

describe('the smoke test of a deployed app', { timeout: 120_000, skip }, () => {
  const key = 'function-key-of-the-smoke-test';
  const args = ['--enable-auth', '--function-key', key, '--master-key', 'master-key-of-the-smoke-test'];
  let stack: Stack;
  before(async () => {
    stack = await startStack({ args });
  });
  after(() => stack.stop());

  it('passes if the app hands out a token, and prints neither token nor key', async () => {
    const { code, output } = await smoke([stack.host.url, '--version', version], key);
    assert.equal(code, 0, output);
    assert.deepEqual(output.split('\n'), [
      '/api/health: 503', // no token has been requested yet
      'The app is reachable.',
      '/api/openapi.json: 200',
      `The app is version ${version}.`,
      '/api/token: 200',
      'The app hands out a token.',
      '/api/health: 200',
      'The app is healthy.',
      '',
    ]);
  });

  it('fails with a wrong key and without one, and says which', async () => {
    const wrong = await smoke([stack.host.url], 'wrong');
    assert.deepEqual([wrong.code, /FAILED: The app refuses the function key/.test(wrong.output)], [1, true]);
    const none = await smoke([stack.host.url]);
    assert.deepEqual([none.code, /FAILED: There is no function key on stdin/.test(none.output)], [1, true]);
  });

  it('fails while another version runs', async () => {
    const { code, output } = await smoke([stack.host.url, '--version', '999.0.0'], key);
    assert.equal(code, 1);
    assert.match(output, new RegExp(`FAILED: The running app is version ${version}, not 999\\.0\\.0\\.`));
  });

  it('fails if a setting is wrong, and says which event names it', async () => {
    const host = await stack.startHost({ settings: { CACHE_SECONDS: 'many' } });
    for (const rest of [[], ['--version', version]]) {
      const { code, output } = await smoke([host.url, ...rest], key);
      assert.equal(code, 1);
      assert.match(output, /FAILED: A setting is wrong, .* settings\.invalid/);
    }
  });

  describe('with CALLER_AUTH=jwt', () => {
    const settings = { CALLER_AUTH: 'jwt', CALLER_JWT_KEYS: keySetting('callers') };

    it('passes without any secret if callers are asked to log in and a token is valid', async () => {
      assert.equal((await smoke([stack.host.url], key)).code, 0);
      const host = await stack.startHost({ settings });
      const { code, output } = await smoke([host.url, '--version', version]);
      assert.equal(code, 0, output);
      assert.match(output, /\/api\/token: 401\nThe app asks callers to log in \(CALLER_AUTH=jwt\)\.\n/);
    });

    it('fails without a valid token, and says what fetches the first one', async () => {
      const host = await stack.startHost({ settings: { ...settings, TOKEN_TABLE: 'nothingyet' } });
      const { code, output } = await smoke([host.url], key);
      assert.equal(code, 1);
      assert.match(output, /FAILED: There is no valid token .* the timer fetches the first one/);
    });
  });
});

describe('the smoke test without an app', { timeout: 60_000 }, () => {
  /** A server that stands in for Azure's front end. */
  async function smokeAt(answer: (response: ServerResponse) => void): Promise<{ code: number; output: string }> {
    const server = createServer((_request, response) => answer(response)).listen(0, '127.0.0.1');
    await once(server, 'listening');
    try {
      const { port } = z.object({ port: z.number() }).parse(server.address());
      return await smoke([`http://127.0.0.1:${port}`]);
    } finally {
      server.close();
    }
  }

  it('recognizes a refused address, and does not repeat that check', async () => {
    let requests = 0;
    const { code, output } = await smokeAt((response) => {
      requests += 1;
      response.writeHead(403, { 'x-ms-forbidden-ip': '203.0.113.9' }).end('<h1>Ip Forbidden</h1>');
    });
    assert.deepEqual([code, requests], [3, 1]);
    assert.match(output, /FAILED: Azure refuses the address of this machine \(ALLOWED_IP_RANGES\)/);
  });

  for (const [what, status, body, why] of [
    ['a stopped app', 403, '<h1>This web app is stopped</h1>', /is the app stopped\?/],
    ['an app without functions', 404, '', /no functions: its package is missing, or failed to load/],
    ['a host that does not start', 503, '<h1>Service Unavailable</h1>', /does not run: Azure answers 503/],
    ['anything else that answers', 200, '["hello"]', /does not run: Azure answers 200/],
  ] as const) {
    it(`fails at ${what}`, async () => {
      const { code, output } = await smokeAt((response) => response.writeHead(status).end(body));
      assert.equal(code, 1);
      assert.match(output, why);
    });
  }

  it('fails if nothing listens, and says so', async () => {
    const port = await findFreePort();
    const { code, output } = await smoke([`http://127.0.0.1:${port}`]);
    assert.equal(code, 1);
    assert.match(output, /FAILED: http:\/\/127\.0\.0\.1:\d+ does not answer: ECONNREFUSED\./);
  });

  it('prints its usage if the arguments are wrong', async () => {
    for (const args of [
      [],
      ['nonsense'],
      ['ftp://example.com'],
      ['http://a', 'http://b'],
      ['http://a', '--patience', 'x'],
      ['--what'],
    ]) {
      const { code, output } = await smoke(args);
      assert.deepEqual([code, output.startsWith('Usage: node infra/smoke-test.js URL')], [2, true], String(args));
    }
  });
});
