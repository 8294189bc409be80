import * as z from 'zod';
import type { KeyRing } from './key-ring.ts';
import { runsInAzure } from './platform.ts';
import { keyRing, type Reading, readWith } from './problems.ts';
import { readStorage, type StorageConnection } from './storage.ts';

/** What it takes to read the token table: all that the tool for keys needs. */
export type TableSettings = {
  readonly storage: StorageConnection;
  readonly tableName: string;
  /** Seals the tokens in the table. */
  readonly encryptionKeys: KeyRing;
};

/** The callers' table stands beside the token table: its name is taken. */
export const CALLERS_TABLE = 'callers';

const tableName = z
  .string()
  .optional()
  .transform((text) => text || 'tokens')
  .refine(
    (text) => /^[a-z][a-z0-9]{2,62}$/i.test(text) && !['tables', CALLERS_TABLE].includes(text.toLowerCase()),
    `has to be a table name: 3 to 63 letters and digits, a letter first, and neither tables nor ${CALLERS_TABLE}`,
  );

/** Reads where the token table is, and what opens its rows. */
export function readTableSettings(env: NodeJS.ProcessEnv): Reading<TableSettings> {
  const schema = z.object({ TOKEN_TABLE: tableName, TOKEN_ENCRYPTION_KEYS: keyRing(runsInAzure(env)) });
  const values = readWith(schema, env);
  const storage = readStorage(env);
  if (!values.ok || !storage.ok) {
    return { ok: false, problems: [...(values.ok ? [] : values.problems), ...(storage.ok ? [] : [storage])] };
  }
  const { TOKEN_TABLE, TOKEN_ENCRYPTION_KEYS } = values.value;
  return {
    ok: true,
    value: { storage: storage.storage, tableName: TOKEN_TABLE, encryptionKeys: TOKEN_ENCRYPTION_KEYS },
  };
}
