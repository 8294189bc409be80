import assert from 'node:assert/strict';
import { execFileSync } from 'node:child_process';
import { existsSync } from 'node:fs';
import { mkdir, mkdtemp, readdir, readFile, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { after, before, describe, it } from 'node:test';
import { unzipSync } from 'fflate';
import { collectNotices, projectDir } from '../../src/local/bundle.ts';
import { startHost } from '../../src/local/host-process.ts';
import { hostEnv, startStack, type Stack } from '../e2e/stack.ts';

const zip = path.join(projectDir, 'dist', 'quartile-token-keeper.zip');
const dir = path.join(projectDir, 'dist', 'package');

/** Runs `npm run package`. Returns its output. */
function packageApp(): string {
  return execFileSync(process.execPath, ['src/local/package.ts'], { cwd: projectDir, encoding: 'utf8' });
}

describe('npm run package', { timeout: 120_000 }, () => {
  let output: string;
  before(() => {
    output = packageApp();
  });

  it('packs four files, in the zip as in the folder, and nothing else', async () => {
    assert.match(output, /^Packed dist\/quartile-token-keeper\.zip, \d+ KiB; the same files are in dist\/package\.\n$/);
    const zipped = unzipSync(await readFile(zip));
    const four = ['THIRD_PARTY_NOTICES.txt', 'dist/index.cjs', 'host.json', 'package.json'];
    assert.deepEqual(Object.keys(zipped).toSorted(), four);
    const staged = await readdir(dir, { recursive: true, withFileTypes: true });
    assert.equal(staged.filter((entry) => entry.isFile()).length, four.length);
    for (const name of four) assert.deepEqual(new Uint8Array(await readFile(path.join(dir, name))), zipped[name]);
  });

  it('packs the same files byte by byte the same', async () => {
    const first = await readFile(zip);
    packageApp();
    assert.deepEqual(await readFile(zip), first);
  });

  it('names the packages in the bundle, and their licenses', async () => {
    const notices = await readFile(path.join(dir, 'THIRD_PARTY_NOTICES.txt'), 'utf8');
    const names = ['@azure/functions', '@azure/data-tables', '@azure/identity', 'axios', 'jose', 'zod', 'croner'];
    for (const name of names) assert.match(notices, new RegExp(`^${name} \\d+\\.\\d+\\.\\d+\\nLicense: MIT$`, 'm'));
    assert.doesNotMatch(notices, /^(azurite|esbuild|fast-check) \d/m);
  });

  describe('unpacked into an empty folder', () => {
    let stack: Stack;
    before(async () => {
      stack = await startStack();
    });
    after(() => stack.stop());

    it('runs without node_modules', async () => {
      const app = await mkdtemp(path.join(tmpdir(), 'app-'));
      for (const [name, contents] of Object.entries(unzipSync(await readFile(zip)))) {
        await mkdir(path.dirname(path.join(app, name)), { recursive: true });
        await writeFile(path.join(app, name), contents);
      }
      const env = hostEnv(stack.azurite, stack.simulator);
      const host = await startHost('builtin', { env, port: 0, dir: app, onOutput: () => undefined });
      try {
        assert.equal((await fetch(`${host.url}/api/token`)).status, 200);
        assert.equal((await fetch(`${host.url}/api/health`)).status, 200);
        assert.ok(!existsSync(path.join(app, 'node_modules')));
      } finally {
        await host.stop();
        await rm(app, { recursive: true });
      }
    });
  });
});

describe('the notices', () => {
  it('refuse a package that does not name its license', async () => {
    const parent = await mkdtemp(path.join(tmpdir(), 'notices-'));
    const pkg = path.join(parent, 'node_modules', 'nameless');
    await mkdir(pkg, { recursive: true });
    await writeFile(path.join(pkg, 'package.json'), '{"name":"nameless","version":"1.0.0"}');
    await assert.rejects(collectNotices([path.join(pkg, 'index.js')]), /does not name its license/);
    await writeFile(path.join(pkg, 'package.json'), '{"name":"named","version":"1.0.0","license":"MIT"}');
    await writeFile(path.join(pkg, 'LICENSE-MIT'), 'the text');
    assert.match(await collectNotices([path.join(pkg, 'index.js')]), /^named 1\.0\.0\nLicense: MIT\n\nthe text$/m);
    assert.doesNotMatch(await collectNotices([path.join(parent, 'own.ts')]), /License/);
    await rm(parent, { recursive: true });
  });
});
