import { execFile } from 'node:child_process';
import { symlink, writeFile } from 'node:fs/promises';
import path from 'node:path';
import { promisify } from 'node:util';
import { projectDir } from '../../src/local/bundle.ts';
import { makeOwnFolder } from './own-folder.ts';

export type CompiledSources = { readonly entryFile: string; readonly remove: () => void };

/** All that is left to `tsc` here is to take the types out, and to point imports to `.js`. */
const OPTIONS =
  '--ignoreConfig --noCheck --rewriteRelativeImportExtensions --verbatimModuleSyntax --module nodenext ' +
  '--target es2023 --types node --rootDir src';

/**
 * Our sources as JavaScript, file by file and unbundled: what Node loads of them when it has no types to strip. In a
 * folder of their own, where the project's packages are found.
 */
export async function compileSources(): Promise<CompiledSources> {
  const { path: folder, remove } = makeOwnFolder('bench-sources-');
  const tsc = path.join(projectDir, 'node_modules', 'typescript', 'bin', 'tsc');
  const outDir = path.join(folder, 'src');
  const args = [tsc, ...OPTIONS.split(' '), '--outDir', outDir, path.join('src', 'index.ts')];
  await promisify(execFile)(process.execPath, args, { cwd: projectDir });
  await writeFile(path.join(folder, 'package.json'), '{"type":"module"}');
  // A junction: Windows lets everybody make one.
  await symlink(path.join(projectDir, 'node_modules'), path.join(folder, 'node_modules'), 'junction');
  return { entryFile: path.join(outDir, 'index.js'), remove };
}
