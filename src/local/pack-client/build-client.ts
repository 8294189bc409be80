/** Builds what callers install: the client's code in one file, its types, and a manifest of its own. */
import { copyFile, mkdir, readdir, readFile, rm, writeFile } from 'node:fs/promises';
import path from 'node:path';
import { fileURLToPath } from 'node:url';
import { build, stop } from 'esbuild';
import * as z from 'zod';
import { projectDir } from '../bundle.ts';
import { startProcess } from '../child-process.ts';

const clientDir = path.join(projectDir, 'src', 'client');
const typesConfig = fileURLToPath(new URL('tsconfig.json', import.meta.url));

const manifestSchema = z.object({
  name: z.string(),
  version: z.string(),
  license: z.string(),
  author: z.string(),
});

/**
 * Builds the package's folder anew.
 *
 * @param dir where it goes
 * @param repository the URL of the sources: npm wants it named where it attests where a package comes from
 * @throws when the types do not hold: TypeScript has said why
 */
export async function buildClient(dir: string, repository: string | undefined): Promise<void> {
  await rm(dir, { recursive: true, force: true });
  await mkdir(dir, { recursive: true });
  await Promise.all([bundle(dir), emitTypes(dir)]);
  await writeFile(path.join(dir, 'package.json'), `${JSON.stringify(await manifest(repository), undefined, 2)}\n`);
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

/** By TypeScript itself, against what browsers have: nothing of Node's own gets in. */
async function emitTypes(dir: string): Promise<void> {
  const compiler = path.join(projectDir, 'node_modules', 'typescript', 'bin', 'tsc');
  const args = [compiler, '--project', typesConfig, '--outDir', dir];
  const tsc = await startProcess(process.execPath, args, { stdio: ['ignore', 2, 2] });
  if ((await tsc.exited) !== 0) throw new Error('The types of the client cannot be emitted');
  const files = (await readdir(dir)).filter((file) => file.endsWith('.d.ts'));
  await Promise.all(files.map((file) => nameOutputs(path.join(dir, file))));
}

/** TypeScript leaves the sources' `.ts` in declarations; not every version that callers have takes that. */
async function nameOutputs(file: string): Promise<void> {
  const text = await readFile(file, 'utf8');
  await writeFile(file, text.replaceAll(/(from '\.\/[^']+)\.ts'/g, "$1.js'"));
}

async function manifest(repository: string | undefined): Promise<object> {
  const root = manifestSchema.parse(JSON.parse(await readFile(path.join(projectDir, 'package.json'), 'utf8')));
  return {
    ...root,
    description: 'Gets the current Quartile access token from quartile-token-keeper, and repeats what was refused.',
    ...(repository === undefined ? {} : { repository: { type: 'git', url: repository } }),
    type: 'module',
    types: './index.d.ts',
    exports: { './client': { types: './index.d.ts', default: './index.js' }, './package.json': './package.json' },
    files: ['*.js', '*.d.ts'],
    sideEffects: false,
    engines: { node: '>=20' },
  };
}
