import assert from 'node:assert/strict';
import { type ChildProcess, spawn } from 'node:child_process';
import { randomBytes } from 'node:crypto';
import { once } from 'node:events';
import { mkdtemp, readdir, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { text } from 'node:stream/consumers';
import { describe, it } from 'node:test';
import { fileURLToPath } from 'node:url';
import { runSearched } from './run-searched.ts';

const ledgerModule = new URL('ledger.ts', import.meta.url).href;
const launcher = fileURLToPath(new URL('../../src/local/launch.js', import.meta.url));
const runModule = new URL('run-searched.ts', import.meta.url).href;
const secret = randomBytes(20).toString('hex');

/** Runs a program in which `secret` is a secret that it has noted. */
async function run(program: string, { hasSecrets = true, isTTY = false } = {}) {
  const [stdout, stderr]: string[][] = [[], []];
  const note = `const { noteSecrets } = await import(${JSON.stringify(ledgerModule)});`;
  const args = ['--input-type=module', '-e', `${note} const secret = ${JSON.stringify(secret)}; ${program}`];
  const out = (texts: string[] | undefined) => ({ write: (written: string) => texts?.push(written), isTTY });
  const code = await runSearched({
    args,
    env: { PATH: process.env.PATH, TMPDIR: tmpdir() },
    stdout: out(stdout),
    stderr: out(stderr),
    hasSecrets,
  });
  return { code, stdout: stdout?.join('') ?? '', stderr: stderr?.join('') ?? '' };
}

const noted = 'noteSecrets([{ kind: "password", value: secret }]);';

describe('a run whose output is searched', () => {
  it('passes on what is printed, and the exit code, and says what was searched', async () => {
    const { code, stdout, stderr } = await run(`${noted} console.log('out'); console.error('err'); process.exit(3)`);
    assert.deepEqual([code, stdout], [3, 'out\n']);
    assert.equal(stderr, 'err\nNo secret was printed: 1 secrets, 0.0 MB of output searched.\n');
  });

  const leaks: readonly (readonly [what: string, program: string])[] = [
    ['a secret', 'console.log(secret)'],
    ['a part of it', 'console.log(secret.slice(5, 21))'],
    ['it in base64', 'console.log(Buffer.from(secret).toString("base64"))'],
    ['it on standard error', 'console.error(secret)'],
    ['it in colours', 'console.log([...secret].map((letter) => `\\u001b[31m${letter}`).join(""))'],
  ];
  for (const [what, program] of leaks) {
    it(`exits with 1 where that was ${what}, and tells the kind, and no more of it`, async () => {
      const { code, stderr } = await run(`${noted} ${program}`);
      assert.equal(code, 1);
      const [, told = ''] = stderr.split('Secrets were written where they must not be:');
      assert.match(told, /password \(.*\) in the output of the tests, at \d+/);
      assert.ok(!told.includes(secret.slice(5, 21)));
    });
  }

  it('knows the secrets of a process that was killed', async () => {
    const { code, stderr } = await run(`${noted} console.log(secret); process.kill(process.pid, 'SIGKILL')`);
    assert.equal(code, 1);
    assert.match(stderr, /password \(raw\)/);
  });

  it('fails where no secret was noted, and there should be one', async () => {
    await assert.rejects(run(''), /No test has noted a secret/);
    assert.deepEqual(await run('', { hasSecrets: false }), { code: 0, stdout: '', stderr: '' });
  });

  it('has colours where a terminal shows them in the end', async () => {
    const program = 'console.log(Boolean(process.env.FORCE_COLOR))';
    assert.match((await run(program, { hasSecrets: false, isTTY: true })).stdout, /true/);
    assert.match((await run(program, { hasSecrets: false })).stdout, /false/);
  });

  it('notes secrets where nobody else can read them, and leaves none of them behind', async () => {
    const look = `
      const { statSync, readdirSync } = await import('node:fs');
      const dir = process.env.CANARY_LEDGER;
      const modes = [dir, ...readdirSync(dir).map((file) => dir + '/' + file)].map((file) => statSync(file).mode & 0o777);
      console.log(dir, modes.map((mode) => mode.toString(8)).join());`;
    const { stdout } = await run(`${noted} ${look}`);
    const [dir = '', modes] = stdout.trim().split(' ');
    if (process.platform !== 'win32') assert.equal(modes, '700,600');
    await assert.rejects(readdir(dir), { code: 'ENOENT' });
  });

  const ends: readonly (readonly [string, (wrapper: ChildProcess) => void])[] = [
    ['nobody reads its output any more', ({ stdout }) => stdout?.destroy()],
    ['the terminal is closed', (wrapper) => wrapper.kill('SIGHUP')],
  ];
  for (const [when, end] of ends) {
    const skip = process.platform === 'win32' && 'Windows has no signals';
    it(`ends the tests when ${when}, and leaves no secret behind`, { skip }, async () => {
      const dir = await mkdtemp(path.join(tmpdir(), 'searched-'));
      const endless = `
        const { noteSecrets } = await import(${JSON.stringify(ledgerModule)}); ${noted.replace('secret', `'${secret}'`)}
        setInterval(() => console.log(process.pid), 20);`;
      const program = `
        const { runSearched } = await import(${JSON.stringify(runModule)});
        const args = ['--input-type=module', '-e', ${JSON.stringify(endless)}];
        const { env, stdout, stderr } = process;
        process.exitCode = await runSearched({ args, env, stdout, stderr, hasSecrets: true });`;
      const file = path.join(dir, 'program.mjs');
      await writeFile(file, program);
      const wrapper = spawn(process.execPath, [launcher, file], {
        env: { PATH: process.env.PATH, TMPDIR: dir },
        stdio: ['ignore', 'pipe', 'pipe'],
      });
      const [pid] = await once(wrapper.stdout, 'data');
      const complaints = text(wrapper.stderr);
      end(wrapper);
      assert.deepEqual(await once(wrapper, 'exit'), [1, null]);
      assert.match(await complaints, /^No secret was printed: 1 secrets.*\n$/);
      assert.throws(() => process.kill(Number.parseInt(pid), 0), { code: 'ESRCH' });
      assert.deepEqual(await readdir(dir), ['program.mjs']);
      await rm(dir, { recursive: true });
    });
  }
});
