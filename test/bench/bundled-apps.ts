/** The apps that hosts are started over, as folders: whole before any clock starts. */
import { mkdir, writeFile } from 'node:fs/promises';
import path from 'node:path';
import { fileURLToPath } from 'node:url';
import { build, stop as stopEsbuild } from 'esbuild';
import { bundleOptions, projectDir } from '../../src/local/bundle.ts';
import { makeOwnFolder } from './own-folder.ts';

/** `built`: the app as it is deployed; `bench`: beside it what it is measured against; `hello`: nothing but a greeting. */
export type AppName = 'built' | 'bench' | 'hello';

export type Apps = {
  /** Each app's folder, with all that a host reads there. */
  readonly folders: Readonly<Record<AppName, string>>;
  readonly remove: () => void;
};

/** What hello-world's folder has the bundle in. */
export const HELLO_FILE = 'hello.cjs';

const benchApp = fileURLToPath(new URL('apps/bench.cjs', import.meta.url));
const helloApp = fileURLToPath(new URL('apps/hello.ts', import.meta.url));

/** Makes them all, and runs the bundler for the last time. */
export async function makeApps(): Promise<Apps> {
  const root = makeOwnFolder('bench-');
  const bench = await makeFolder(path.join(root.path, 'bench'), () => benchApp);
  const hello = await makeFolder(path.join(root.path, 'hello'), bundleHello);
  return { folders: { built: projectDir, bench, hello }, remove: root.remove };
}

/** The smallest app, bundled as ours is. @returns its file */
async function bundleHello(folder: string): Promise<string> {
  const outfile = path.join(folder, HELLO_FILE);
  await build({ ...bundleOptions, entryPoints: [helloApp], outfile });
  await stopEsbuild();
  return outfile;
}

async function makeFolder(folder: string, makeEntry: (folder: string) => string | Promise<string>): Promise<string> {
  await mkdir(folder);
  const entryFile = await makeEntry(folder);
  await writeFile(path.join(folder, 'package.json'), JSON.stringify({ main: path.relative(folder, entryFile) }));
  await writeFile(path.join(folder, 'host.json'), '{"version":"2.0"}');
  return folder;
}
