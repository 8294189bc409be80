import { mkdir, rename, writeFile } from 'node:fs/promises';
import path from 'node:path';
import { fileURLToPath } from 'node:url';
import { build, type BuildOptions, stop } from 'esbuild';
import { collectNotices } from './notices.ts';

/** The folder of package.json. */
export const projectDir = fileURLToPath(new URL('../../', import.meta.url));

/** How an app is bundled for a Functions worker. */
export const bundleOptions = {
  absWorkingDir: projectDir,
  bundle: true,
  platform: 'node',
  target: 'node22', // the oldest runtime in Azure
  format: 'cjs',
  // Identifiers stay as they are: operators read them in stack traces, and to give each minified function and class its
  // name back (`keepNames`) takes a tenth of the time that the file takes to load.
  minifyWhitespace: true,
  minifySyntax: true,
  legalComments: 'none',
  external: ['@azure/functions-core'], // the host's worker provides it
  logLevel: 'warning',
} satisfies BuildOptions;

/**
 * Bundles the app into the one file that every host loads, `dist/index.cjs`. CommonJS loads faster than a bundle of ES
 * modules. Modules that are imported dynamically are evaluated when they are first used.
 * Beside it goes what the licences of the packages in it ask for, `dist/THIRD_PARTY_NOTICES.txt`.
 *
 * @returns the bundle's size in bytes
 * @throws when a package in it says nothing of its licence
 */
export async function bundleApp(): Promise<number> {
  const distDir = path.join(projectDir, 'dist');
  const { outputFiles, metafile } = await build({
    ...bundleOptions,
    entryPoints: ['src/index.ts'],
    write: false,
    metafile: true,
  });
  await stop(); // its service process would live as long as `npm start`
  const contents = outputFiles[0]?.contents ?? new Uint8Array();
  await mkdir(distDir, { recursive: true });
  const inputs = Object.keys(metafile.inputs).map((input) => path.resolve(projectDir, input));
  await replaceFile(path.join(distDir, 'THIRD_PARTY_NOTICES.txt'), await collectNotices(inputs));
  await replaceFile(path.join(distDir, 'index.cjs'), contents);
  return contents.length;
}

/** In one step: a host that starts meanwhile loads the old file or the new one. */
async function replaceFile(file: string, contents: string | Uint8Array): Promise<void> {
  await writeFile(`${file}.new`, contents);
  await rename(`${file}.new`, file);
}
