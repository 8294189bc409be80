/** What the licences of bundled packages ask for: that they, and who wrote them, are named wherever the code goes. */
import { readdir, readFile } from 'node:fs/promises';
import path from 'node:path';
import * as z from 'zod';

const manifestSchema = z.object({ name: z.string(), version: z.string(), license: z.string().min(1) });

/** Files that hold a licence, or what it wants to be passed on. */
const LICENSE_FILE = /^(licen[cs]e|copying|notice)([.-].*)?$/i;

const RULE = '-'.repeat(80);

/**
 * The notices of the packages that these files come from, by name.
 *
 * @param inputs absolute paths, of files in packages and of our own
 * @throws when a package's manifest says nothing of its licence: it must not be passed on unseen
 */
export async function collectNotices(inputs: readonly string[]): Promise<string> {
  const dirs = [...new Set(inputs.flatMap((input) => packageDir(input) ?? []))];
  const notices = await Promise.all(dirs.map(readNotice));
  const intro = 'This software contains the packages below, each under its own licence.\n';
  return [intro, ...[...new Set(notices)].toSorted()].join(`\n${RULE}\n`);
}

/** The folder of the package that a file is in, `undefined` for our own. */
function packageDir(input: string): string | undefined {
  return /^.*[\\/]node_modules[\\/](?:@[^\\/]+[\\/])?[^\\/]+(?=[\\/])/.exec(input)?.[0];
}

async function readNotice(dir: string): Promise<string> {
  const manifest = manifestSchema.safeParse(JSON.parse(await readFile(path.join(dir, 'package.json'), 'utf8')));
  if (!manifest.success) throw new Error(`The package in ${dir} says nothing of its licence`);
  const { name, version, license } = manifest.data;
  const files = (await readdir(dir)).filter((file) => LICENSE_FILE.test(file)).toSorted();
  const texts = await Promise.all(files.map((file) => readFile(path.join(dir, file), 'utf8')));
  return [`${name} ${version}`, `License: ${license}`, '', ...texts.map((text) => text.trim()), ''].join('\n');
}
