import { mkdir, rename, writeFile } from 'node:fs/promises';
import path from 'node:path';
import { fileURLToPath } from 'node:url';
import { build, stop } from 'esbuild';

/** The folder of package.json. */
export const projectDir = fileURLToPath(new URL('../../', import.meta.url));

/**
 * Bundles the app into the one file that every host loads, `dist/index.cjs`. CommonJS loads faster than a bundle of
 * ES modules, and what the app imports dynamically stays lazy in it.
 *
 * @returns the file's size in bytes
 */
export async function bundleApp(): Promise<number> {
  const outfile = path.join(projectDir, 'dist', 'index.cjs');
  const { outputFiles } = await build({
    absWorkingDir: projectDir,
    entryPoints: ['src/index.ts'],
    write: false,
    bundle: true,
    platform: 'node',
    target: 'node22', // the oldest runtime in Azure
    format: 'cjs',
    minify: true,
    keepNames: true, // the names of errors are part of what operators read
    legalComments: 'none',
    external: ['@azure/functions-core'], // the host's worker provides it
    logLevel: 'warning',
  });
  await stop(); // its service process would live as long as `npm start`
  const contents = outputFiles[0]?.contents ?? new Uint8Array();
  await mkdir(path.dirname(outfile), { recursive: true });
  await writeFile(`${outfile}.new`, contents);
  await rename(`${outfile}.new`, outfile); // in one step: a host that starts meanwhile loads the old file or the new one
  return contents.length;
}
