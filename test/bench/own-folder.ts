import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import path from 'node:path';

export type OwnFolder = { readonly path: string; readonly remove: () => void };

/** A new temporary folder. It goes when this process exits, too: the bench may be told to end at any time. */
export function makeOwnFolder(prefix: string): OwnFolder {
  const folder = mkdtempSync(path.join(tmpdir(), prefix));
  const remove = () => {
    rmSync(folder, { recursive: true, force: true });
    process.off('exit', remove);
  };
  process.once('exit', remove);
  return { path: folder, remove };
}
