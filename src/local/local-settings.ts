/** The settings of a local run: `local.settings.json` and the environment. */
import { readFile, writeFile } from 'node:fs/promises';
import path from 'node:path';
import * as z from 'zod';
import { parseJson } from '../parse-json.ts';
import { messageOf } from './command.ts';

const FILE = 'local.settings.json';

const fileSchema = z.object({ Values: z.record(z.string(), z.string()) });

/** What `func settings encrypt` leaves: values that only Core Tools can read. */
const encryptedSchema = z.object({ IsEncrypted: z.literal(true) });

/** This machine, in the forms that a URL has. */
const LOOPBACK_HOSTS = ['localhost', '127.0.0.1', '::1', '[::1]'];

/**
 * Copies the example at the first start. Only the user can read the copy: it is the place for real credentials.
 *
 * @returns whether it was copied
 */
export async function ensureLocalSettings(dir: string): Promise<boolean> {
  const example = await readFile(path.join(dir, `${FILE}.example`));
  try {
    await writeFile(path.join(dir, FILE), example, { flag: 'wx', mode: 0o600 });
    return true;
  } catch (error) {
    if (hasCode(error, 'EEXIST')) return false;
    throw error;
  }
}

/**
 * Reads `local.settings.json`, if there is one, and the environment, which wins, even with an empty value.
 *
 * @throws when the file is not JSON, is encrypted, or its `Values` are not strings
 */
export async function readLocalSettings(dir: string, env: NodeJS.ProcessEnv): Promise<NodeJS.ProcessEnv> {
  const text = await readIfPresent(path.join(dir, FILE));
  if (text === undefined) return { ...env };
  const json = parseJson(text.replace(/^\uFEFF/, ''));
  if (json === undefined) {
    throw new Error(
      `${FILE} is not valid: it is not JSON. Look for an extra or missing comma, quotation mark or bracket, or a comment`,
    );
  }
  if (encryptedSchema.safeParse(json).success) {
    throw new Error(
      `${FILE} is encrypted. Run \`func settings decrypt\`, or move it away: \`npm start\` makes a new one`,
    );
  }
  const parsed = fileSchema.safeParse(json);
  if (!parsed.success) {
    const where = parsed.error.issues[0]?.path.join('.') || 'Values';
    const form = where === 'Values' ? 'an object of strings' : 'a string';
    throw new Error(`${FILE} is not valid: ${where} has to be ${form}`);
  }
  return { ...parsed.data.Values, ...env };
}

/**
 * The same environment with loopback hosts in `NO_PROXY`. No proxy can reach this machine's own addresses, but the Azure
 * SDK and the real host would ask it for Azurite.
 */
export function withoutLocalProxy(env: NodeJS.ProcessEnv): NodeJS.ProcessEnv {
  const hosts = [env.NO_PROXY ?? env.no_proxy, ...LOOPBACK_HOSTS].filter(Boolean).join(',');
  return { ...env, NO_PROXY: hosts, no_proxy: hosts };
}

async function readIfPresent(file: string): Promise<string | undefined> {
  try {
    return await readFile(file, 'utf8');
  } catch (error) {
    if (hasCode(error, 'ENOENT')) return undefined;
    throw new Error(`${FILE} cannot be read (${messageOf(error)})`, { cause: error });
  }
}

function hasCode(error: unknown, code: string): boolean {
  return error instanceof Error && 'code' in error && error.code === code;
}
