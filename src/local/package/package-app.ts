import { copyFile, mkdir, readFile, rm, writeFile } from 'node:fs/promises';
import path from 'node:path';
import { zipSync } from 'fflate';
import { projectDir } from '../bundle.ts';

/** What is deployed, and nothing else: where it lies in the project, by its place in the package. */
export const PACKAGE_FILES: Readonly<Record<string, string>> = {
  'dist/index.cjs': 'dist/index.cjs',
  'host.json': 'host.json',
  'package.json': 'package.json',
  'THIRD_PARTY_NOTICES.txt': 'dist/THIRD_PARTY_NOTICES.txt',
};

/** The same moment in every package, so that the same files make the same package. */
const MODIFIED = new Date(1980, 0, 1);

export type AppPackage = {
  readonly zip: string;
  /** The same files in a folder, for tools that make their own zip of one. */
  readonly dir: string;
  readonly bytes: number;
};

/**
 * Packs the app as it was built: one zip that Azure runs as it is.
 *
 * @param outDir where the zip and the folder go; both are made anew
 * @throws when a file is missing: build first
 */
export async function packageApp(outDir: string): Promise<AppPackage> {
  const dir = path.join(outDir, 'package');
  await rm(dir, { recursive: true, force: true });
  const entries: Record<string, Uint8Array> = {};
  for (const [place, source] of Object.entries(PACKAGE_FILES)) {
    const file = path.join(projectDir, source);
    entries[place] = await readFile(file);
    await mkdir(path.dirname(path.join(dir, place)), { recursive: true });
    await copyFile(file, path.join(dir, place));
  }
  const contents = zipSync(entries, { level: 9, mtime: MODIFIED });
  const zip = path.join(outDir, 'quartile-token-keeper.zip');
  await writeFile(zip, contents);
  return { zip, dir, bytes: contents.length };
}
