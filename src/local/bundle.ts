import { rm, stat } from 'node:fs/promises';
import path from 'node:path';
import { fileURLToPath } from 'node:url';
import { build } from 'esbuild';

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
  await rm(path.dirname(outfile), { recursive: true, force: true });
  await build({
    absWorkingDir: projectDir,
    entryPoints: ['src/index.ts'],
    outfile,
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
  return (await stat(outfile)).size;
}
