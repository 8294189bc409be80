/** Bundles the app, with the notices that the licences of the bundled packages ask for. */
import { mkdir, readdir, readFile, rename, writeFile } from 'node:fs/promises';
import path from 'node:path';
import { fileURLToPath } from 'node:url';
import { build, type BuildOptions, stop } from 'esbuild';
import * as z from 'zod';

/** The folder of package.json. */
export const projectDir = fileURLToPath(new URL('../../', import.meta.url));

/** How an app is bundled for a Functions worker. */
export const bundleOptions = {
  absWorkingDir: projectDir,
  bundle: true,
  platform: 'node',
  target: 'node22', // the oldest runtime in Azure
  format: 'cjs',
  // Identifiers stay as they are: operators read them in stack traces, and restoring the names of minified functions and
  // classes (`keepNames`) takes a tenth of the load time.
  minifyWhitespace: true,
  minifySyntax: true,
  legalComments: 'none',
  external: ['@azure/functions-core'], // the host's worker provides it
  logLevel: 'warning',
} satisfies BuildOptions;

const manifestSchema = z.object({ name: z.string(), version: z.string(), license: z.string().min(1) });

/** Files that contain a license, or a notice that has to be passed on. */
const LICENSE_FILE = /^(licen[cs]e|copying|notice)([.-].*)?$/i;

const RULE = '-'.repeat(80);

/**
 * Bundles the app into the one file that every host loads, `dist/index.cjs`, and writes `dist/THIRD_PARTY_NOTICES.txt`.
 * CommonJS loads faster than a bundle of ES modules. Modules that are imported dynamically are evaluated on first use.
 *
 * @returns the bundle's size in bytes
 * @throws when a package in it does not name its license
 */
export async function bundleApp(): Promise<number> {
  const distDir = path.join(projectDir, 'dist');
  const { outputFiles, metafile } = await build({
    ...bundleOptions,
    entryPoints: ['src/index.ts'],
    write: false,
    metafile: true,
  });
  await stop(); // otherwise its service process lives as long as `npm start`
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

/**
 * Collects the names, versions and license texts of the packages that these files come from.
 *
 * @param inputs absolute paths of files in packages and of our own
 * @throws when a package's manifest does not name its license
 */
export async function collectNotices(inputs: readonly string[]): Promise<string> {
  const dirs = new Set(inputs.flatMap((input) => packageDir(input) ?? []));
  const notices = await Promise.all([...dirs].map(readNotice));
  const intro = 'This software contains the packages below, each under its own license.\n';
  return [intro, ...[...new Set(notices)].toSorted()].join(`\n${RULE}\n`);
}

/** The folder of the package that a file belongs to; `undefined` for our own. */
function packageDir(input: string): string | undefined {
  return /^.*[\\/]node_modules[\\/](?:@[^\\/]+[\\/])?[^\\/]+(?=[\\/])/.exec(input)?.[0];
}

async function readNotice(dir: string): Promise<string> {
  const manifest = manifestSchema.safeParse(JSON.parse(await readFile(path.join(dir, 'package.json'), 'utf8')));
  if (!manifest.success) throw new Error(`The package in ${dir} does not name its license`);
  const { name, version, license } = manifest.data;
  const files = (await readdir(dir)).filter((file) => LICENSE_FILE.test(file)).toSorted();
  const texts = await Promise.all(files.map((file) => readFile(path.join(dir, file), 'utf8')));
  return [`${name} ${version}`, `License: ${license}`, '', ...texts.map((text) => text.trim()), ''].join('\n');
}
