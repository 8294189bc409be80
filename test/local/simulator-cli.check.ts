import assert from 'node:assert/strict';
import { type ChildProcess, spawn } from 'node:child_process';
import { once } from 'node:events';
import { text } from 'node:stream/consumers';
import { test, type TestContext } from 'node:test';
import { fileURLToPath } from 'node:url';
import * as z from 'zod';
import { startTestSimulator } from './simulator-fixture.ts';

const launcher = fileURLToPath(new URL('../../src/local/launch.js', import.meta.url));
const script = fileURLToPath(new URL('../../src/local/simulator/main.ts', import.meta.url));
const readySchema = z.object({ ready: z.literal(true), url: z.string(), baseUrl: z.string() });

/** As `npm run simulator` starts it, with an IPC channel as a parent of ours may have. */
function spawnSimulator(t: TestContext, ...args: string[]): ChildProcess {
  const child = spawn(process.execPath, [launcher, script, ...args], { stdio: ['ignore', 'pipe', 'pipe', 'ipc'] });
  t.after(() => child.kill('SIGKILL'));
  return child;
}

async function runToEnd(child: ChildProcess): Promise<{ code: unknown; out: string; err: string }> {
  const { stdout, stderr } = child;
  assert.ok(stdout !== null && stderr !== null);
  const [[code], out, err] = await Promise.all([once(child, 'exit'), text(stdout), text(stderr)]);
  return { code, out, err };
}

test('--help names every option and control route, and exits 0', { timeout: 20_000 }, async (t) => {
  const { code, out } = await runToEnd(spawnSimulator(t, '--help'));
  assert.equal(code, 0);
  const names = ['port', 'username', 'password', 'subscription-key', 'access-life', 'refresh-life', 'spelling', 'help'];
  for (const name of names) assert.ok(out.includes(`--${name}`), name);
  for (const route of ['stats', 'faults', 'release', 'reset', 'settings', 'revoke', 'live']) {
    assert.ok(out.includes(`/simulator/${route}`), route);
  }
});

const badLines: [string[], RegExp][] = [
  [['--colour', 'red'], /^Unknown option '--colour'\. See `npm run simulator -- --help`\.\n$/],
  [['--port', 'many'], /^--port takes a number from 0 to 65535\. See `npm run simulator -- --help`\.\n$/],
  [['--port', '65536'], /^--port takes /],
  [['--access-life', '0'], /^--access-life takes a whole number of seconds from 1/],
  [['--refresh-life', '1.5'], /^--refresh-life takes /],
  [['--spelling', 'kebab-case'], /^--spelling takes camelCase or snake_case\. /],
  [['--password', ''], /^--password takes a text that is not empty\. /],
  [['a-stray-password'], /^All arguments must be options\. See `npm run simulator -- --help`\.\n$/],
];

for (const [args, expected] of badLines) {
  test(`${args.join(' ')}: one clear line and exit 1`, { timeout: 20_000 }, async (t) => {
    const { code, out, err } = await runToEnd(spawnSimulator(t, ...args));
    assert.equal(code, 1);
    assert.equal(out, '');
    assert.match(err, expected);
    assert.equal(err.trimEnd().split('\n').length, 1);
  });
}

test('a port that is taken is said so, and exit 1', { timeout: 20_000 }, async (t) => {
  const { port } = new URL((await startTestSimulator(t)).simulator.url);
  const { code, err } = await runToEnd(spawnSimulator(t, '--port', port));
  assert.equal(code, 1);
  assert.match(err, new RegExp(`^Port ${port} is taken: .*-- --port N.*\n$`));
});

for (const signal of ['SIGTERM', 'SIGINT'] as const) {
  // On Windows a signal from another process just ends this one.
  const options = { timeout: 20_000, skip: process.platform === 'win32' };

  test(`it says that it is ready, logs requests without secrets, and exits 0 on ${signal}`, options, async (t) => {
    const child = spawnSimulator(t, '--port', '0', '--password', 'a secret', '--spelling', 'snake_case');
    const end = runToEnd(child);
    const [message] = await once(child, 'message');
    const { url, baseUrl } = readySchema.parse(message);
    assert.equal(baseUrl, `${url}/auth/v2`);
    const reply = await fetch(`${baseUrl}/login`, {
      method: 'POST',
      headers: { 'content-type': 'application/json', 'subscription-key': 'local-subscription-key-000000000' },
      body: JSON.stringify({ username: 'local@example.com', password: 'a secret' }),
    });
    assert.match(await reply.text(), /"expires_in":43200/);
    child.kill(signal);
    const { code, out, err } = await end;
    assert.deepEqual([code, err], [0, '']);
    assert.ok(out.includes(`QUARTILE_BASE_URL=${baseUrl}\n`));
    assert.match(out, /\d{4}-\d\d-\d\dT[\d:.]+Z POST \/auth\/v2\/login 201 token pair issued\n/);
    assert.ok(!out.includes('a secret'));
  });

  test(`it ends on ${signal} that comes twice, as Ctrl-C sends it`, options, async (t) => {
    const child = spawnSimulator(t, '--port', '0');
    const end = runToEnd(child);
    await once(child, 'message');
    child.kill(signal);
    child.kill(signal);
    const { code, err } = await end;
    // The second one may meet a process that has closed everything and is about to exit: then the system ends it.
    assert.ok(code === 0 || child.signalCode === signal);
    assert.equal(err, '');
  });
}
