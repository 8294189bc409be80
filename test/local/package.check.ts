import assert from 'node:assert/strict';
import { existsSync } from 'node:fs';
import { mkdir, mkdtemp, readdir, readFile, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { after, before, describe, it } from 'node:test';
import { unzipSync } from 'fflate';
import { startHost } from '../../src/local/host-process.ts';
import { collectNotices } from '../../src/local/notices.ts';
import { PACKAGE_FILES, packageApp } from '../../src/local/package/package-app.ts';
import { hostEnv, startStack, type Stack } from '../e2e/stack.ts';

describe('the package that is deployed', { timeout: 120_000 }, () => {
  let dir: string;
  let packed: Awaited<ReturnType<typeof packageApp>>;
  before(async () => {
    dir = await mkdtemp(path.join(tmpdir(), 'package-'));
    packed = await packageApp(dir);
  });
  after(() => rm(dir, { recursive: true }));

  it('has the four files, in the zip as in the folder, and nothing else', async () => {
    const zipped = Object.keys(unzipSync(await readFile(packed.zip)));
    const staged = await readdir(packed.dir, { recursive: true, withFileTypes: true });
    const files = staged
      .filter((entry) => entry.isFile())
      .map((entry) => path.relative(packed.dir, path.join(entry.parentPath, entry.name)).replaceAll('\\', '/'));
    const four = ['THIRD_PARTY_NOTICES.txt', 'dist/index.cjs', 'host.json', 'package.json'];
    assert.deepEqual(Object.keys(PACKAGE_FILES).toSorted(), four);
    assert.deepEqual(zipped.toSorted(), four);
    assert.deepEqual(files.toSorted(), four);
    assert.equal((await readFile(packed.zip)).length, packed.bytes);
  });

  it('is the same for the same files, byte by byte', async () => {
    const first = await readFile(packed.zip);
    assert.deepEqual(await readFile((await packageApp(dir)).zip), first);
  });

  it('names the packages in the bundle, and their licences', async () => {
    const notices = await readFile(path.join(packed.dir, 'THIRD_PARTY_NOTICES.txt'), 'utf8');
    for (const name of [
      '@azure/functions',
      '@azure/data-tables',
      '@azure/identity',
      'axios',
      'jose',
      'zod',
      'croner',
    ]) {
      assert.match(notices, new RegExp(`^${name} \\d+\\.\\d+\\.\\d+\\nLicense: MIT$`, 'm'));
    }
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
      for (const [name, contents] of Object.entries(unzipSync(await readFile(packed.zip)))) {
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
  it('refuse a package that says nothing of its licence', async () => {
    const dir = await mkdtemp(path.join(tmpdir(), 'notices-'));
    const pkg = path.join(dir, 'node_modules', 'nameless');
    await mkdir(pkg, { recursive: true });
    await writeFile(path.join(pkg, 'package.json'), '{"name":"nameless","version":"1.0.0"}');
    await assert.rejects(collectNotices([path.join(pkg, 'index.js')]), /says nothing of its licence/);
    await writeFile(path.join(pkg, 'package.json'), '{"name":"named","version":"1.0.0","license":"MIT"}');
    await writeFile(path.join(pkg, 'LICENSE-MIT'), 'the text');
    assert.match(await collectNotices([path.join(pkg, 'index.js')]), /^named 1\.0\.0\nLicense: MIT\n\nthe text$/m);
    assert.doesNotMatch(await collectNotices([path.join(dir, 'own.ts')]), /License/);
    await rm(dir, { recursive: true });
  });
});
