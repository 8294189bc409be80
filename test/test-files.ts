/**
 * The test files of the project. `*.test.ts` run with `npm test`. `*.check.ts` need more than Node and a minute (a browser,
 * a tarball, many hosts) and run with `npm run check`.
 */
import { globSync, statSync } from 'node:fs';
import path from 'node:path';
import { fileURLToPath } from 'node:url';

export type Kind = 'test' | 'check';

export const testDir = fileURLToPath(new URL('.', import.meta.url));

/** The files that take longest, longest first. They start first, so that the run does not end with one of them alone. */
const LONGEST = [
  'model/exhaustive-dead.test.ts',
  'model/exhaustive-due.test.ts',
  'model/exhaustive-empty.test.ts',
  'e2e/stampede.test.ts',
  'e2e/chaos.check.ts',
  'status/browser.check.ts',
];

/** `npm run check:infra` runs these: they need the Bicep compiler. */
const INFRA_CHECKS = 'infra/*.check.ts';

/** All files of this kind, as paths relative to `test`, in the order in which they start. */
export function findAll(kind: Kind): string[] {
  return longestFirst(glob(`**/*.${kind}.ts`));
}

/**
 * The files in a folder of `test`, or the files with this text in their name, of both kinds.
 *
 * @param given a name, or a path as a shell completes it
 * @throws if the path is outside `test`
 */
export function findNamed(given: string): string[] {
  const name = nameBelowTest(given);
  const isFolder = statSync(path.join(testDir, name), { throwIfNoEntry: false })?.isDirectory();
  const stem = name.replace(/\.(test|check)\.ts$/, '');
  return longestFirst(glob(isFolder ? `${name}/**/*.{test,check}.ts` : `**/*${stem}*.{test,check}.ts`));
}

function nameBelowTest(given: string): string {
  const target = path.resolve(testDir, given.replace(/^test[\\/]/, ''));
  if (!target.startsWith(testDir)) throw new Error(`A test is a name or a path below test/, not "${given}".`);
  return withSlashes(path.relative(testDir, target));
}

function glob(pattern: string): string[] {
  return globSync(pattern, { cwd: testDir, exclude: [INFRA_CHECKS] }).map(withSlashes);
}

function withSlashes(file: string): string {
  return file.replaceAll(path.sep, '/');
}

function longestFirst(files: readonly string[]): string[] {
  return [...new Set([...LONGEST.filter((file) => files.includes(file)), ...files.toSorted()])];
}
