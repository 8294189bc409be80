/** The folder that `npm start -- --data DIR` keeps Azurite's data in. */
import { mkdir, readFile, rm, writeFile } from 'node:fs/promises';
import path from 'node:path';
import { messageOf } from './command.ts';

/**
 * Makes the folder, and notes in it that this process uses it: each of two Azurites would write over what the other kept.
 *
 * @returns gives it back
 * @throws an error that says why it cannot be used
 */
export async function claimDataDir(dir: string): Promise<() => Promise<void>> {
  const note = path.join(dir, 'in-use-by.pid');
  const holder = Number(await readFile(note, 'utf8').catch(() => ''));
  if (holder > 0 && holder !== process.pid && isAlive(holder)) {
    throw new Error(
      `${dir} is in use by another \`npm start\` (process ${holder}; if that is another program, remove ${note})`,
    );
  }
  try {
    await mkdir(dir, { recursive: true });
    await writeFile(note, String(process.pid));
  } catch (error) {
    throw new Error(`nothing can be kept in ${dir} (${messageOf(error)})`, {
      cause: error,
    });
  }
  return () => rm(note, { force: true });
}

function isAlive(pid: number): boolean {
  try {
    return process.kill(pid, 0);
  } catch (error) {
    return error instanceof Error && 'code' in error && error.code === 'EPERM'; // somebody else's
  }
}
