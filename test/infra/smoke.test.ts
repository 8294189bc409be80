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

/** Asks as the workflow does, but without patience. */
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

  it('passes where the app hands out a token, and tells neither token nor key', async () => {
    const { code, output } = await smoke([stack.host.url, '--version', version], key);
    assert.equal(code, 0, output);
    assert.deepEqual(output.split('\n'), [
      '/api/health: 503', // nobody has asked for a token yet
      'It can be reached.',
      '/api/openapi.json: 200',
      `It is version ${version}.`,
      '/api/token: 200',
      'It hands out a token.',
      '/api/health: 200',
      'It is well.',
      '',
    ]);
  });

  it('fails with a wrong key and without one, and says which', async () => {
    const wrong = await smoke([stack.host.url], 'wrong');
    assert.deepEqual([wrong.code, /NOT WELL: It does not take the function key/.test(wrong.output)], [1, true]);
    const none = await smoke([stack.host.url]);
    assert.deepEqual([none.code, /NOT WELL: There is no function key on stdin/.test(none.output)], [1, true]);
  });

  it('fails while another version answers', async () => {
    const { code, output } = await smoke([stack.host.url, '--version', '999.0.0'], key);
    assert.equal(code, 1);
    assert.match(output, new RegExp(`NOT WELL: The app that answers is version ${version}, not 999\\.0\\.0\\.`));
  });

  it('fails where a setting is wrong, and says where its name stands', async () => {
    const host = await stack.startHost({ settings: { CACHE_SECONDS: 'many' } });
    for (const rest of [[], ['--version', version]]) {
      const { code, output } = await smoke([host.url, ...rest], key);
      assert.equal(code, 1);
      assert.match(output, /NOT WELL: A setting is wrong, .* settings\.invalid/);
    }
  });

  describe('with CALLER_AUTH=jwt', () => {
    const settings = { CALLER_AUTH: 'jwt', CALLER_JWT_KEYS: keySetting('callers') };

    it('passes without any secret: callers are told how to log in, and a token lives', async () => {
      assert.equal((await smoke([stack.host.url], key)).code, 0);
      const host = await stack.startHost({ settings });
      const { code, output } = await smoke([host.url, '--version', version]);
      assert.equal(code, 0, output);
      assert.match(output, /\/api\/token: 401\nIt wants callers to log in \(CALLER_AUTH=jwt\)\.\n/);
    });

    it('fails while no token lives, and says what brings the first one', async () => {
      const host = await stack.startHost({ settings: { ...settings, TOKEN_TABLE: 'nothingyet' } });
      const { code, output } = await smoke([host.url], key);
      assert.equal(code, 1);
      assert.match(output, /NOT WELL: No token lives .* comes with the timer/);
    });
  });
});

describe('the smoke test where there is no app to ask', { timeout: 60_000 }, () => {
  /** Stands in the place of Azure's front end. */
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

  it('tells an address that is kept out apart from all else, and does not ask twice', async () => {
    let requests = 0;
    const { code, output } = await smokeAt((response) => {
      requests += 1;
      response.writeHead(403, { 'x-ms-forbidden-ip': '203.0.113.9' }).end('<h1>Ip Forbidden</h1>');
    });
    assert.deepEqual([code, requests], [3, 1]);
    assert.match(output, /NOT WELL: Azure keeps this machine's address out \(ALLOWED_IP_RANGES\)/);
  });

  for (const [what, status, body, why] of [
    ['a stopped app', 403, '<h1>This web app is stopped</h1>', /is the app stopped\?/],
    ['an app without functions', 404, '', /no functions: its package is not there, or did not load/],
    ['a host that does not start', 503, '<h1>Service Unavailable</h1>', /does not run: Azure answers 503/],
    ['anything else that answers', 200, '["hello"]', /does not run: Azure answers 200/],
  ] as const) {
    it(`fails at ${what}`, async () => {
      const { code, output } = await smokeAt((response) => response.writeHead(status).end(body));
      assert.equal(code, 1);
      assert.match(output, why);
    });
  }

  it('fails where nothing listens, and says so', async () => {
    const port = await findFreePort();
    const { code, output } = await smoke([`http://127.0.0.1:${port}`]);
    assert.equal(code, 1);
    assert.match(output, /NOT WELL: http:\/\/127\.0\.0\.1:\d+ does not answer: ECONNREFUSED\./);
  });

  it('explains itself where it is called wrongly', async () => {
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
