/** Builds what callers install: the client in one file, its types, and its own package.json. */
import { copyFile, glob, mkdir, readFile, rm, writeFile } from 'node:fs/promises';
import path from 'node:path';
import { fileURLToPath } from 'node:url';
import { build, stop } from 'esbuild';
import * as z from 'zod';
import { projectDir } from '../bundle.ts';
import { startProcess } from '../child-process.ts';

const clientDir = path.join(projectDir, 'src', 'client');

/** The fields that the package shares with this project. */
const sharedSchema = z.object({ name: z.string(), version: z.string(), license: z.string(), author: z.string() });

/**
 * Builds the package's folder anew.
 *
 * @param dir the folder
 * @param repository the URL of the sources, which npm requires for a package with provenance
 */
export async function buildClient(dir: string, repository?: string): Promise<void> {
  await rm(dir, { recursive: true, force: true });
  await mkdir(dir, { recursive: true });
  await Promise.all([bundle(dir), emitTypes(dir), writeManifest(dir, repository)]);
  await copyFile(path.join(projectDir, 'LICENSE'), path.join(dir, 'LICENSE'));
  await copyFile(path.join(clientDir, 'README.md'), path.join(dir, 'README.md'));
}

async function bundle(dir: string): Promise<void> {
  await build({
    absWorkingDir: projectDir,
    entryPoints: [path.join(clientDir, 'index.ts')],
    outfile: path.join(dir, 'index.js'),
    bundle: true,
    platform: 'neutral',
    target: 'es2022', // Node 20, and browsers of its time
    format: 'esm',
    logLevel: 'warning',
  });
  await stop();
}

/** The compiler knows only what browsers have, so that nothing of Node gets into the client. */
async function emitTypes(dir: string): Promise<void> {
  const compiler = path.join(projectDir, 'node_modules', 'typescript', 'bin', 'tsc');
  const config = fileURLToPath(new URL('tsconfig.json', import.meta.url));
  const typesDir = path.join(dir, 'types');
  const args = [compiler, '--project', config, '--outDir', typesDir];
  const tsc = await startProcess(process.execPath, args, { stdio: ['ignore', 2, 2] });
  if ((await tsc.exited) !== 0) throw new Error('The types of the client cannot be emitted.');
  // TypeScript leaves `.ts` in the imports of declarations. Not every version of it accepts that there.
  for await (const file of glob(path.join(typesDir, '**', '*.d.ts'))) {
    const text = await readFile(file, 'utf8');
    await writeFile(file, text.replaceAll(/(from '\.[^']+)\.ts'/g, "$1.js'"));
  }
}

async function writeManifest(dir: string, repository: string | undefined): Promise<void> {
  const shared = sharedSchema.parse(JSON.parse(await readFile(path.join(projectDir, 'package.json'), 'utf8')));
  const types = './types/client/index.d.ts';
  const manifest = {
    ...shared,
    description: 'Gets the current Quartile access token from quartile-token-keeper, and repeats refused requests.',
    ...(repository !== undefined && { repository: { type: 'git', url: repository } }),
    type: 'module',
    types,
    exports: { './client': { types, default: './index.js' }, './package.json': './package.json' },
    files: ['index.js', 'types'],
    sideEffects: false,
    engines: { node: '>=20' },
  };
  await writeFile(path.join(dir, 'package.json'), `${JSON.stringify(manifest, undefined, 2)}\n`);
}
