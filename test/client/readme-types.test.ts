import assert from 'node:assert/strict';
import { execFile } from 'node:child_process';
import { mkdtemp, readFile, rm, symlink, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { after, before, describe, it } from 'node:test';
import { promisify } from 'node:util';
import { projectDir } from '../../src/local/bundle.ts';
import { buildClient } from '../../src/local/pack-client/build-client.ts';

const packages = path.join(projectDir, 'node_modules');
const OPTIONS = ['--ignoreConfig', '--noEmit', '--strict', '--exactOptionalPropertyTypes', '--skipLibCheck', 'false'];

describe('TypeScript in a README', { timeout: 120_000 }, () => {
  let dir: string;
  before(async () => {
    dir = await mkdtemp(path.join(tmpdir(), 'readme-types-'));
    await writeFile(path.join(dir, 'package.json'), '{"type":"module"}');
    await buildClient(path.join(dir, 'node_modules', 'quartile-token-keeper'));
    await symlink(path.join(packages, 'axios'), path.join(dir, 'node_modules', 'axios'), 'junction');
  });
  after(() => rm(dir, { recursive: true }));

  /** Compiles code as a caller with these settings does. */
  async function check(file: string, code: string, module: string, moduleResolution: string): Promise<void> {
    await writeFile(path.join(dir, file), code);
    const settings = {
      module,
      moduleResolution,
      target: 'es2022',
      types: 'node',
      typeRoots: path.join(packages, '@types'),
    };
    const args = Object.entries(settings).flatMap(([name, value]) => [`--${name}`, value]);
    const compiler = path.join(packages, 'typescript', 'bin', 'tsc');
    await promisify(execFile)(process.execPath, [compiler, ...OPTIONS, ...args, file], { cwd: dir });
  }

  for (const readme of ['README.md', 'src/client/README.md']) {
    it(`compiles, in ${readme}, however modules are resolved`, async () => {
      const text = await readFile(path.join(projectDir, readme), 'utf8');
      const blocks = [...text.matchAll(/^```ts\n(.*?)^```$/gms)].map(([, code = '']) => code);
      assert.ok(blocks.length >= (readme === 'README.md' ? 0 : 2));
      for (const [index, code] of blocks.entries()) {
        await check(`block-${index}.ts`, code, 'node16', 'node16');
        await check(`block-${index}.ts`, code, 'nodenext', 'nodenext');
        await check(`block-${index}.ts`, code, 'esnext', 'bundler');
      }
    });
  }
});
