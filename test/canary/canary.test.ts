import assert from 'node:assert/strict';
import { spawn, type ChildProcess } from 'node:child_process';
import { randomBytes } from 'node:crypto';
import { once } from 'node:events';
import { mkdtemp, readdir, rm, writeFile } from 'node:fs/promises';
import { createServer, type ServerResponse } from 'node:http';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { text } from 'node:stream/consumers';
import { after, before, describe, it } from 'node:test';
import { fileURLToPath } from 'node:url';
import { issueTokenPair } from '../../src/local/simulator/token-sets.ts';
import { createHostKey } from '../e2e/credentials.ts';
import { keySetting } from '../fixtures.ts';
import { createCanary, LeakError } from './canary.ts';
import { createSearch } from './search.ts';
import { secretsOf } from './sources.ts';

const password = `pä"ss %+word\\7c1f-${randomBytes(12).toString('hex')}`;
const pair = issueTokenPair(0, { accessLifeSeconds: 60, refreshLifeSeconds: 60 });
const [accessToken, refreshToken] = [pair.access.token, pair.refresh.token];

/** The kinds and encodings that a search finds. */
function find(value: string, searched: string): string[] {
  return createSearch([{ kind: 'secret', value }])(searched).map((line) => line.split(',')[0] ?? '');
}

describe('the search for secrets', () => {
  const base64 = Buffer.from(`..${password}.`).toString('base64');
  const forms: [encoding: string, searched: string][] = [
    ['raw', `password=${password}`],
    ['JSON', JSON.stringify({ password })],
    ['JSON in JSON', JSON.stringify(JSON.stringify({ password }))],
    ['URL-encoded', `?password=${encodeURIComponent(password)}&a`],
    ['form-encoded', new URLSearchParams({ password }).toString()],
    ['hex', Buffer.from(password).toString('hex').toUpperCase()],
    ['base64', base64],
    ['raw', `x${password.slice(-16)}x`],
  ];
  for (const [encoding, searched] of forms) {
    it(`finds one that is ${encoding}`, () => assert.deepEqual(find(password, searched), [`secret (${encoding})`]));
  }

  it('finds every part of 16 characters, and none of 15', () => {
    const value = randomBytes(60).toString('base64url');
    for (let at = 0; at + 16 <= value.length; at += 1) {
      assert.deepEqual(find(value, ` ${value.slice(at, at + 16)} `), ['secret (raw)']);
      assert.deepEqual(find(value, ` ${value.slice(at, at + 15)} `), []);
    }
  });

  it('finds all of a JWT but its header, which all tokens share', () => {
    const [header = '', claims = '', signature = ''] = accessToken.split('.');
    for (const part of [`${header}.eyJ`, Buffer.from(header).toString('base64')]) {
      assert.deepEqual(find(accessToken, part), []);
    }
    for (const part of [claims, signature, accessToken]) assert.deepEqual(find(accessToken, part), ['secret (raw)']);
  });

  it('says where it found what, and masks it', () => {
    const search = createSearch([
      { kind: 'password', value: 'first-secret-4f8a' },
      { kind: 'key', value: 'other-secret-4f8a' },
    ]);
    assert.deepEqual(search('a first-secret-4f8a, other-secret-4f8a, first-secret-4f8a'), [
      'password (raw), 2 times, first at 2: "a [17 characters], *****************,"',
      'key (raw), 1 times, first at 21: " *****************, [17 characters], *****************"',
    ]);
  });

  it('refuses a secret that is too short to search for', () => {
    assert.throws(() => createSearch([{ kind: 'password', value: 'short-secret' }]), /A secret \(password\) has fewer/);
  });
});

/** A leak of this kind in that place, described without the secret. */
function isLeak(kind: string, where: string) {
  return (error: unknown) => {
    assert.ok(error instanceof LeakError);
    assert.ok(error.message.includes(`In ${where}: ${kind} (`), error.message);
    for (const secret of [password, accessToken, refreshToken]) assert.ok(!error.message.includes(secret.slice(-16)));
    return true;
  };
}

describe('a canary', () => {
  let respond: (response: ServerResponse) => void;
  const server = createServer((_request, response) => respond(response));
  let url = '';
  before(async () => {
    await once(server.listen(0, '127.0.0.1'), 'listening');
    const address = server.address();
    url = `http://127.0.0.1:${typeof address === 'object' ? address?.port : ''}`;
  });
  after(() => server.close());

  /** A canary that knows the secrets, and has heard one answer. */
  async function hear(requestPath: string, answer: typeof respond) {
    respond = answer;
    const canary = createCanary();
    canary.keepPair(pair);
    canary.keep({ kind: 'password', value: password });
    canary.hear('an answer', url);
    await (await fetch(url + requestPath)).text();
    return canary;
  }

  it('finds what was written before it knew the secret, and what is written until the end', () => {
    const canary = createCanary();
    let output = '';
    canary.watch('the output', () => output);
    canary.see('a note', `the token is ${accessToken}`);
    canary.keepPair(pair);
    output += refreshToken;
    assert.throws(() => canary.check(), isLeak('access token', 'a note'));
    assert.throws(() => canary.check(), isLeak('refresh token', 'the output'));
  });

  it('refuses to search for nothing, or in nothing', () => {
    const canary = createCanary();
    canary.keep({ kind: 'password', value: password });
    assert.throws(() => canary.check(), /nothing was collected/);
    canary.see('a note', 'nothing secret');
    canary.check(['password']);
    assert.throws(() => canary.check(['password', 'access token']), /what to look for: access token/);
  });

  it('hears the head and the body of every answer', async () => {
    const inHead = await hear('/x', (response) => response.setHeader('x', encodeURIComponent(password)).end('ok'));
    assert.throws(() => inHead.check(), isLeak('password', 'an answer to /x'));
    const inBody = await hear('/y', (response) => response.writeHead(500).end(JSON.stringify({ detail: password })));
    assert.throws(() => inBody.check(), isLeak('password', 'an answer to /y'));
  });

  it('lets an answer carry the tokens it is made to carry, and nothing else', async () => {
    const token = JSON.stringify({ access_token: accessToken, generation: 1 });
    const inRefresh = JSON.stringify({ refresh_token: refreshToken });
    (await hear('/api/token?min_ttl=1', (response) => response.end(token))).check();
    (await hear('/api/token/refresh', (response) => response.end(accessToken))).check();
    const leaks: readonly (readonly [requestPath: string, kind: string, answer: typeof respond])[] = [
      ['/api/health', 'access token', (response) => response.end(token)],
      ['/api/token', 'access token', (response) => response.writeHead(503).end(token)],
      ['/api/token', 'access token', (response) => response.setHeader('x', accessToken).end(token)],
      ['/api/token', 'access token', (response) => response.end(token.replace('{', `{"again":"${accessToken}",`))],
      ['/api/token', 'refresh token', (response) => response.end(inRefresh)],
      ['/api/auth/login', 'refresh token', (response) => response.end(inRefresh)],
    ];
    for (const [requestPath, kind, answer] of leaks) {
      const canary = await hear(requestPath, answer);
      assert.throws(() => canary.check(), isLeak(kind, `an answer to ${requestPath}`));
    }
  });

  it('makes secrets of the tokens that callers receive', async () => {
    const token = createHostKey();
    const canary = await hear('/api/auth/login', (response) => response.end(JSON.stringify({ access_token: token })));
    canary.see('a log', token);
    assert.throws(() => canary.check(), isLeak('caller token', 'a log'));
  });
});

describe('the secrets of a host', () => {
  it('are in its settings and on its command line', () => {
    const env = {
      QUARTILE_USERNAME: 'someone',
      QUARTILE_PASSWORD: 'password',
      QUARTILE_SUBSCRIPTION_KEY: 'subscription',
      TOKEN_ENCRYPTION_KEYS: `${keySetting('one')},${keySetting('two')}`,
      AzureWebJobsStorage: 'DefaultEndpointsProtocol=http;AccountName=a;AccountKey=b64/+==;TableEndpoint=http://x/a',
      TOKEN_STORAGE: 'not-a-connection-string',
    };
    const found = secretsOf(env, ['--enable-auth', '--function-key', 'f', '--master-key', 'm']);
    const values = Map.groupBy(found, ({ kind }) => kind);
    assert.deepEqual(
      ['password', 'subscription key', 'storage key', 'function key', 'master key'].map((kind) =>
        values.get(kind)?.map(({ value }) => value),
      ),
      [['password'], ['subscription'], ['b64/+==', 'not-a-connection-string'], ['f'], ['m']],
    );
    assert.equal(values.get('encryption key')?.length, 8); // two keys in four encodings
    assert.deepEqual(secretsOf({ AzureWebJobsStorage: 'UseDevelopmentStorage=true', TOKEN_STORAGE: '' }), []);
  });
});

describe('a run whose output is searched', () => {
  const launcher = fileURLToPath(new URL('../../src/local/launch.js', import.meta.url));
  const [canaryModule, runModule] = ['canary.ts', 'run-searched.ts'].map((file) => new URL(file, import.meta.url).href);
  let dir: string;
  before(async () => {
    dir = await mkdtemp(path.join(tmpdir(), 'searched-'));
  });
  after(() => rm(dir, { recursive: true }));

  /** Runs a program that has declared `secret`, as `npm test` runs the tests. */
  async function run(program: string, during: (child: ChildProcess) => void = () => undefined) {
    const declare = `
      const { createCanary } = await import('${canaryModule}');
      const secret = '${password.slice(-24)}';
      createCanary().keep({ kind: 'password', value: secret });`;
    const file = path.join(dir, 'run.mjs');
    const args = JSON.stringify(['--input-type=module', '-e', declare + program]);
    await writeFile(
      file,
      `const { runSearched } = await import('${runModule}');
       process.exitCode = await runSearched({ args: ${args}, env: process.env, hasSecrets: true });`,
    );
    const env = { PATH: process.env.PATH, TMPDIR: dir };
    const child = spawn(process.execPath, [launcher, file], { env, stdio: ['ignore', 'pipe', 'pipe'] });
    const [stderr, stdout] = [text(child.stderr), text(child.stdout).catch(() => 'not read')];
    during(child);
    const [code]: unknown[] = await once(child, 'exit');
    assert.deepEqual(await readdir(dir), ['run.mjs']); // no secret is left behind
    return { code, stdout: await stdout, stderr: await stderr };
  }

  it('passes the output and the exit code on', async () => {
    const { code, stdout, stderr } = await run(`console.log('out'); console.error('err'); process.exit(3)`);
    assert.deepEqual([code, stdout], [3, 'out\n']);
    assert.equal(stderr, 'err\nNo secret was printed: 1 secrets, 0.0 MB of output searched.\n');
  });

  it('fails if a secret was printed, in colors or by a process that was killed, and does not show it', async () => {
    const printed = `process.stdout.write([...secret].map((letter) => '\\u001b[31m' + letter).join(''),
      () => process.kill(process.pid, 'SIGKILL'))`;
    const { code, stderr } = await run(printed);
    assert.equal(code, 1);
    assert.match(stderr, /In the output of the tests: password \(raw\), 1 times/);
    assert.ok(!stderr.includes(password.slice(-16)));
  });

  const skip = process.platform === 'win32' && 'Windows has no signals';
  it('ends the tests when the terminal is closed or its output is not read', { skip }, async () => {
    for (const end of [
      (child: ChildProcess) => child.kill('SIGHUP'),
      (child: ChildProcess) => child.stdout?.destroy(),
    ]) {
      let pid = 0;
      const { code } = await run('setInterval(() => console.log(process.pid), 20)', (child) => {
        child.stdout?.once('data', (line) => {
          pid = Number.parseInt(String(line));
          end(child);
        });
      });
      assert.equal(code, 1);
      assert.throws(() => process.kill(pid, 0), { code: 'ESRCH' });
    }
  });
});
