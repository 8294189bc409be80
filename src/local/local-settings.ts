import { constants } from 'node:fs';
import { copyFile, readFile } from 'node:fs/promises';
import path from 'node:path';
import * as z from 'zod';
import { parseJson } from '../parse-json.ts';
import { messageOf } from './command.ts';

const FILE = 'local.settings.json';

const fileSchema = z.object({ Values: z.record(z.string(), z.string()) });

/** What `func settings encrypt` leaves: values that only Core Tools can read. */
const encryptedSchema = z.object({ IsEncrypted: z.literal(true) });

/** Copies the example at the first start. @returns whether it did */
export async function ensureLocalSettings(dir: string): Promise<boolean> {
  try {
    await copyFile(path.join(dir, `${FILE}.example`), path.join(dir, FILE), constants.COPYFILE_EXCL);
    return true;
  } catch (error) {
    if (error instanceof Error && 'code' in error && error.code === 'EEXIST') return false;
    throw error;
  }
}

/**
 * The settings of a local run: `local.settings.json`, and over it the environment, also where it says "empty". The
 * environment alone where there is no such file.
 *
 * @throws when the file is no JSON, is encrypted, or its `Values` are not strings
 */
export async function readLocalSettings(dir: string, env: NodeJS.ProcessEnv): Promise<NodeJS.ProcessEnv> {
  const text = await readIfThere(path.join(dir, FILE));
  if (text === undefined) return { ...env };
  const json = parseJson(text.replace(/^\uFEFF/, ''));
  if (json === undefined)
    throw new Error(
      `${FILE} is not valid: it is no JSON. Look for a comma, a quotation mark or a bracket too many or too few, or a comment`,
    );
  if (encryptedSchema.safeParse(json).success)
    throw new Error(
      `${FILE} is encrypted. Run \`func settings decrypt\`, or move it away: \`npm start\` makes a new one`,
    );
  const parsed = fileSchema.safeParse(json);
  if (!parsed.success) {
    const where = parsed.error.issues[0]?.path.join('.') || 'Values';
    throw new Error(
      `${FILE} is not valid: ${where} has to be ${where === 'Values' ? 'an object of strings' : 'a string'}`,
    );
  }
  return { ...parsed.data.Values, ...env };
}

async function readIfThere(file: string): Promise<string | undefined> {
  try {
    return await readFile(file, 'utf8');
  } catch (error) {
    if (error instanceof Error && 'code' in error && error.code === 'ENOENT') return undefined;
    throw new Error(`${FILE} cannot be read (${messageOf(error)})`, { cause: error });
  }
}
