import assert from 'node:assert/strict';
import { type ChildProcess, spawn } from 'node:child_process';
import { once } from 'node:events';
import { mkdtemp, rm, writeFile } from 'node:fs/promises';
import { createServer } from 'node:http';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { text } from 'node:stream/consumers';
import { after, before, describe, it } from 'node:test';
import { fileURLToPath } from 'node:url';
import { isAzuriteTable } from '../../src/local/azurite.ts';
import { findFreePort, isListening } from '../../src/local/ports.ts';
import { bareEnv } from '../e2e/running-host.ts';
import { until } from '../e2e/stack.ts';
import { keySetting } from '../fixtures.ts';

const root = fileURLToPath(new URL('../../', import.meta.url));
const posixOnly = process.platform === 'win32' && 'Windows has neither signals nor process groups';

type Run = { readonly child: ChildProcess; output(): string; readonly exited: Promise<number | null> };

const runs: Run[] = [];
after(() => runs.forEach(({ child }) => child.exitCode ?? killGroup(child, 'SIGKILL')));

/** Runs what `npm start` runs, in a process group of its own: what is left running is found in it, or at Azurite's port. */
function start(args: readonly string[], env: Record<string, string> = {}, shell?: readonly string[]): Run {
  const settings = {
    AzureWebJobsStorage: 'UseDevelopmentStorage=true',
    TOKEN_TABLE: `start${process.pid}`,
    TOKEN_ENCRYPTION_KEYS: keySetting('start'),
    CALLER_AUTH: '',
    TOKEN_STORAGE: '',
    TOKEN_STORAGE__tableServiceUri: '',
    REFRESH_SCHEDULE: '',
    REFRESH_MARGIN_MINUTES: '',
    QUARTILE_TIMEOUT_SECONDS: '',
    QUARTILE_BASE_URL: '',
    QUARTILE_USERNAME: '', // whatever local.settings.json says: no test talks to the real Quartile
    QUARTILE_PASSWORD: '',
    QUARTILE_SUBSCRIPTION_KEY: '',
  };
  const usual = [process.execPath, 'src/local/launch.js', 'src/local/start.ts', '--host', 'builtin', ...args];
  const [command = '', ...rest] = shell ?? usual;
  const child = spawn(command, rest, {
    cwd: root,
    env: { ...bareEnv(), ...settings, ...env },
    stdio: ['ignore', 'pipe', 'pipe'],
    detached: process.platform !== 'win32',
  });
  let output = '';
  for (const stream of [child.stdout, child.stderr]) stream.on('data', (chunk) => (output += String(chunk)));
  const exited = once(child, 'close').then(([code]) => (typeof code === 'number' ? code : null));
  const run = { child, output: () => output, exited };
  runs.push(run);
  return run;
}

function killGroup({ pid }: ChildProcess, signal: NodeJS.Signals | 0): boolean {
  try {
    return pid !== undefined && process.kill(process.platform === 'win32' ? pid : -pid, signal);
  } catch {
    return false; // no process is left
  }
}

/** Whether all that was started has ended. Azurite is in no group: a terminal's Ctrl-C is not for it. */
async function areAllGone(run: Run): Promise<boolean> {
  const [, port] = /TableEndpoint=http:[^;]+:(\d+)/.exec(run.output()) ?? [];
  return !killGroup(run.child, 0) && (port === undefined || !(await isListening(Number(port))));
}

const dataDirs: string[] = [];
after(() => Promise.all(dataDirs.map((dir) => rm(dir, { recursive: true, force: true }))));

async function makeDataDir(): Promise<string> {
  const dir = await mkdtemp(path.join(tmpdir(), 'azurite-'));
  dataDirs.push(dir);
  return dir;
}

/** With an Azurite of its own: another run's, or the developer's, may be on the usual ports. */
async function startReady(args: readonly string[] = [], env: Record<string, string> = {}) {
  const port = await findFreePort();
  const own = args.includes('--data') ? [] : ['--data', await makeDataDir()];
  const run = start(['--port', String(port), ...own, ...args], env);
  let ended = false;
  void run.exited.then(() => (ended = true));
  await until(() => ended || run.output().includes('Host ready'));
  await until(() => ended || run.output().includes('Ctrl-C stops all of it'));
  assert.ok(!ended, run.output());
  return { ...run, url: `http://127.0.0.1:${port}` };
}

describe('npm start', { timeout: 300_000 }, () => {
  // Azurite's usual port is taken, by this or by whatever listens there: what is started takes free ones.
  const tenant = createServer((_request, response) => response.end()).on('error', () => undefined);
  before(() => void tenant.listen(10_002, '127.0.0.1'));
  after(() => void tenant.close());

  for (const [signal, whom] of [
    ['SIGINT', 'all processes, as Ctrl-C does'],
    ['SIGTERM', 'the first process'],
  ] as const) {
    it(`answers a token, and leaves nothing running after ${signal} to ${whom}`, { skip: posixOnly }, async () => {
      const run = await startReady();
      const answer = await fetch(`${run.url}/api/token`, { headers: { accept: 'text/plain' } });
      assert.equal(answer.status, 200);
      assert.ok(/^[\w-]+\.[\w-]+\.[\w-]+$/.test(await answer.text()));
      assert.ok(run.output().includes(`curl ${run.url}/api/token\n`));
      const [, link = ''] = /The status page +(\S+)/.exec(run.output()) ?? [];
      assert.match(await (await fetch(link)).text(), /There is a valid access token/);
      if (signal === 'SIGINT') killGroup(run.child, signal);
      else run.child.kill(signal);
      assert.equal(await run.exited, 0, run.output());
      assert.ok(await areAllGone(run));
    });
  }

  it('ends its storage only after the rotation that is under way, at Ctrl-C', { skip: posixOnly }, async () => {
    const run = await startReady();
    const simulator = /(http:\S+)\/simulator\/stats/.exec(run.output())?.[1] ?? '';
    const fault = JSON.stringify({ on: 'login', fault: { kind: 'delay', ms: 2_000 } });
    await fetch(`${simulator}/simulator/faults`, { method: 'POST', body: fault });
    const answer = fetch(`${run.url}/api/token`);
    await until(async () => Object(await (await fetch(`${simulator}/simulator/stats`)).json()).requests.login === 1);
    killGroup(run.child, 'SIGINT');
    assert.equal((await answer).status, 200, run.output());
    assert.equal(await run.exited, 0, run.output());
    assert.ok(await areAllGone(run));
  });

  it('stops all of it when its output is no longer read', { skip: posixOnly }, async () => {
    const run = await startReady();
    run.child.stdout?.destroy();
    await fetch(`${run.url}/api/token`); // the host writes a line
    await run.exited;
    assert.doesNotMatch(run.output(), /EPIPE/);
    assert.ok(await areAllGone(run));
  });

  it('starts nothing more once it was told to stop', { skip: posixOnly }, async () => {
    const run = start(['--port', String(await findFreePort())]);
    await until(() => run.output().includes('Building'));
    run.child.kill('SIGTERM');
    assert.equal(await run.exited, 0);
    assert.doesNotMatch(run.output(), /Starting/);
  });

  it('ends without a complaint at Ctrl-C while it builds', { skip: posixOnly }, async () => {
    const run = start(['--port', String(await findFreePort())]);
    await until(() => run.output().includes('Building'));
    killGroup(run.child, 'SIGINT'); // the bundler's process is told, too, and mostly ends first
    assert.equal(await run.exited, 0);
    assert.match(run.output(), /Building dist\/index\.cjs …\n {2}(cancelled|done in .*)\n$/);
  });

  it('leaves nothing running when it is killed', { skip: posixOnly }, async () => {
    const run = await startReady();
    run.child.kill('SIGKILL');
    await until(() => areAllGone(run));
  });

  it('ends when npm ends, whose shell does not pass a signal on', { skip: posixOnly }, async (test) => {
    if (await isAzuriteTable(10_002)) return test.skip('it would use the Azurite that runs on the usual ports');
    const port = await findFreePort();
    const command = `${process.execPath} src/local/launch.js src/local/start.ts --host builtin --port ${port}; true`;
    const run = start([], { npm_lifecycle_event: 'start' }, ['/bin/sh', '-c', command]);
    await until(() => run.output().includes('Ctrl-C stops all of it'));
    run.child.kill('SIGTERM'); // the shell ends at once, and alone
    await until(() => areAllGone(run));
  });

  it("hands out its own simulator's tokens, whatever an earlier run has left in a storage that is kept", async () => {
    const dir = await makeDataDir();
    for (let count = 0; count < 2; count += 1) {
      const run = await startReady(['--data', dir], { TOKEN_TABLE: '' });
      const token = await (await fetch(`${run.url}/api/token`, { headers: { accept: 'text/plain' } })).text();
      const simulator = /(http:\S+)\/simulator\/stats/.exec(run.output())?.[1] ?? '';
      const live = await fetch(`${simulator}/simulator/live`, { headers: { authorization: `Bearer ${token}` } });
      assert.equal(live.status, 200);
      run.child.kill('SIGTERM');
      await run.exited;
    }
  });

  it('uses the Quartile that the settings name, and no simulator, where there are credentials', async () => {
    const asked: string[] = [];
    const quartile = createServer((request, response) => {
      asked.push(`${request.method} ${request.url}`);
      response.writeHead(201, { 'content-type': 'application/json' });
      const authorization = { token: 'access', expires_in: 43_200 };
      response.end(JSON.stringify({ authorization, refresh: { token: 'refresh' } }));
    });
    quartile.listen(0, '127.0.0.1').unref(); // a test that fails must not wait for it
    await once(quartile, 'listening');
    const address = quartile.address();
    const port = typeof address === 'object' && address ? address.port : 0;
    const run = await startReady([], {
      QUARTILE_BASE_URL: `http://127.0.0.1:${port}/v2`,
      QUARTILE_USERNAME: 'someone',
      QUARTILE_PASSWORD: 'something',
      QUARTILE_SUBSCRIPTION_KEY: 'a-key',
      TOKEN_TABLE: `real${process.pid}`,
    });
    const answer = await fetch(`${run.url}/api/token`, { headers: { accept: 'text/plain' } });
    assert.equal(await answer.text(), 'access');
    assert.deepEqual(asked, ['POST /v2/login']);
    assert.doesNotMatch(run.output(), /simulator/);
    run.child.kill('SIGTERM');
    await run.exited;
    quartile.close();
  });

  it('tells how to log in where callers have tokens of their own, by lines that work', async () => {
    const run = await startReady([], { CALLER_AUTH: 'jwt', CALLER_JWT_KEYS: keySetting('callers') });
    const [, setting = '', connectionString = ''] =
      /^  (\w+)='([^']+)' npm run callers -- add NAME$/m.exec(run.output()) ?? [];
    const add = spawn(process.execPath, ['src/local/launch.js', 'src/local/callers/main.ts', 'add', 'name'], {
      cwd: root,
      env: { ...bareEnv(), TOKEN_STORAGE: '', [setting]: connectionString },
      stdio: ['ignore', 'pipe', 'inherit'],
    });
    const secret = /^client_secret: (.+)$/m.exec(await text(add.stdout))?.[1] ?? '';
    const [, url = ''] = /curl -d .* (http:\S+)$/m.exec(run.output()) ?? [];
    const body = JSON.stringify({ client_id: 'name', client_secret: secret });
    const headers = { 'content-type': 'application/x-www-form-urlencoded' }; // as curl -d sends it
    const login = await fetch(url, { method: 'POST', headers, body });
    assert.equal(login.status, 200);
    const { access_token } = Object(await login.json());
    const token = await fetch(`${run.url}/api/token`, { headers: { authorization: `Bearer ${access_token}` } });
    assert.equal(token.status, 200);
    run.child.kill('SIGTERM');
    assert.equal(await run.exited, 0);
  });

  it('keeps loopback addresses from the proxy, for Core Tools, too', { skip: posixOnly }, async () => {
    const dir = await makeDataDir();
    const func = path.join(dir, 'func');
    const program = `#!${process.execPath}
      const port = process.argv[process.argv.indexOf('--port') + 1];
      require('node:http').createServer((_, response) => response.end()).listen(port, '127.0.0.1');
      console.log('NO_PROXY is ' + process.env.NO_PROXY);
      console.log('Host ready');`;
    await writeFile(func, program, { mode: 0o755 });
    const proxied = { HTTP_PROXY: 'http://127.0.0.1:9', NO_PROXY: 'internal.example' };
    const run = await startReady(['--host', 'func'], {
      PATH: `${dir}${path.delimiter}${process.env.PATH}`,
      ...proxied,
    });
    assert.match(run.output(), /^NO_PROXY is internal\.example,localhost,127\.0\.0\.1,/m);
    run.child.kill('SIGTERM');
    assert.equal(await run.exited, 0);
  });

  it('says which port is taken and what to do, and exits with 1', async () => {
    const server = createServer().listen(0, '127.0.0.1').unref();
    await once(server, 'listening');
    const address = server.address();
    const port = typeof address === 'object' && address ? address.port : 0;
    const run = start(['--port', String(port)]);
    assert.equal(await run.exited, 1);
    assert.match(run.output(), new RegExp(`Port ${port} is taken.*npm start -- --port N`));
    await until(() => !killGroup(run.child, 0));
    server.close();
  });

  it('says why a folder cannot hold the data, and exits with 1', async () => {
    const dir = await makeDataDir();
    const file = path.join(dir, 'file');
    await writeFile(file, '');
    const misplaced = start(['--port', String(await findFreePort()), '--data', path.join(file, 'below')]);
    assert.equal(await misplaced.exited, 1);
    assert.match(misplaced.output(), /--data: data cannot be kept in .*below \(ENOTDIR/);
  });

  it('names every wrong setting before anything is started, and exits with 1', async () => {
    const run = start([], { REFRESH_MARGIN_MINUTES: 'soon', QUARTILE_TIMEOUT_SECONDS: '99' });
    assert.equal(await run.exited, 1);
    assert.match(run.output(), /REFRESH_MARGIN_MINUTES has to be a whole number from 1 to 1440/);
    assert.match(run.output(), /QUARTILE_TIMEOUT_SECONDS has to be a whole number from 1 to 25/);
    assert.ok(!run.output().includes('Starting'));
  });

  it('starts no simulator if one of the three credentials is set', async () => {
    const run = start([], { QUARTILE_PASSWORD: 'something' });
    assert.equal(await run.exited, 1);
    assert.match(run.output(), /QUARTILE_USERNAME is empty/);
    assert.ok(!run.output().includes('Starting'));
  });

  it('explains itself, and refuses options it does not know', async () => {
    const help = start(['--help']);
    assert.equal(await help.exited, 0);
    assert.match(help.output(), /Usage: npm start/);
    for (const args of [
      ['--prot', '1'],
      ['--port', 'x'],
      ['--host', 'cloud'],
      ['--data', ''],
    ]) {
      const refused = start(args);
      assert.equal(await refused.exited, 1);
      assert.match(refused.output(), /npm start -- --help/);
    }
  });
});
