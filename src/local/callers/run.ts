/** The commands of `npm run callers`. */
import { randomUUID } from 'node:crypto';
import { isDeepStrictEqual } from 'node:util';
import type { Caller, CallerStore, StoredCaller } from '../../callers/caller-store.ts';
import { createSecret, hashSecret } from '../../callers/client-secret.ts';
import { StoreError, type StoreErrorCode } from '../../store/token-store.ts';
import type { Action } from './command-line.ts';
import { describeDamaged, renderCallers } from './caller-list.ts';

/** The command cannot be done. The message says why. */
export class CallersProblem extends Error {
  override readonly name = 'CallersProblem';
}

/** Instances record logins in the same row: after a conflict, it is read again. */
const TRIES = 5;

type Parts = { readonly store: CallerStore; readonly nowMs: () => number };

/**
 * Runs a command.
 *
 * @returns the text to print
 * @throws {CallersProblem} if there is no such caller, or there is one already, or a write did not happen
 * @throws {StoreError} if the table cannot be used
 */
export async function runAction(parts: Parts, action: Action): Promise<string> {
  switch (action.command) {
    case 'list':
      return list(parts);
    case 'add':
      return add(parts, action.name);
    case 'rotate-secret':
      return rotateSecret(parts, action.name);
    case 'disable':
      await change(parts, action.name, { disabled: true });
      return `${action.name} is disabled`;
    case 'enable':
      await change(parts, action.name, { disabled: false });
      return `${action.name} is enabled`;
    case 'remove':
      return remove(parts, action.name);
  }
}

async function add({ store, nowMs }: Parts, name: string): Promise<string> {
  const secret = createSecret();
  const credential = credentialOf(secret);
  const caller: Caller = {
    name,
    ...credential,
    createdAtMs: nowMs(),
    disabled: false,
    lastLoginAtMs: undefined,
  };
  const write = await store.write(caller, undefined);
  if (write.result === 'conflict') throw new CallersProblem(`There is a caller ${name} already.`);
  if (write.result === 'unknown') await confirm(store, name, { changes: credential, code: write.code });
  return credentials(name, secret);
}

async function rotateSecret(parts: Parts, name: string): Promise<string> {
  const secret = createSecret();
  await change(parts, name, credentialOf(secret));
  return credentials(name, secret);
}

function credentialOf(secret: string): Pick<Caller, 'secretHash' | 'credentialId'> {
  return { secretHash: hashSecret(secret), credentialId: randomUUID() };
}

function credentials(name: string, secret: string): string {
  return `client_id: ${name}\nclient_secret: ${secret}`;
}

/** @throws {CallersProblem} if there is no such caller, or its row is damaged */
async function find({ store }: Parts, name: string): Promise<StoredCaller> {
  const stored = await store.read(name);
  if (!stored) throw unknown(name);
  if (stored !== 'damaged') return stored;
  throw new CallersProblem(`The row of ${name} is damaged: remove ${name}, and add it again.`);
}

async function change(parts: Parts, name: string, changes: Partial<Caller>): Promise<void> {
  for (let triesLeft = TRIES; triesLeft > 0; triesLeft -= 1) {
    const stored = await find(parts, name);
    const write = await parts.store.write({ ...stored.caller, ...changes }, stored.etag);
    if (write.result === 'written') return;
    if (write.result === 'unknown') return confirm(parts.store, name, { changes, code: write.code });
  }
  throw new CallersProblem(`The row of ${name} kept changing: try again.`);
}

async function remove({ store }: Parts, name: string): Promise<string> {
  if (!(await store.remove(name))) throw unknown(name);
  return `${name} is removed`;
}

async function list({ store }: Parts): Promise<string> {
  const { callers, damaged } = await store.list();
  return [renderCallers(callers), ...describeDamaged(damaged)].join('\n');
}

function unknown(name: string): CallersProblem {
  return new CallersProblem(`There is no caller ${name}: npm run callers -- list`);
}

/**
 * Reads whether a write happened whose answer was lost. Otherwise a new secret could be valid that was never printed.
 *
 * @param write the changes, and the code of the lost answer
 * @throws {CallersProblem} if it did not happen
 * @throws {StoreError} if the table cannot be read
 */
async function confirm(
  store: CallerStore,
  name: string,
  { changes, code }: { readonly changes: Partial<Caller>; readonly code: StoreErrorCode },
): Promise<void> {
  const found = await store.read(name).catch((error: unknown) => {
    if (error instanceof StoreError) return 'unreadable' as const;
    throw error;
  });
  if (found === 'unreadable') {
    const next = `npm run callers -- rotate-secret ${name} makes a new secret`;
    throw new StoreError(`It is unknown whether ${name} was changed; ${next}`, code);
  }
  const holds =
    found !== undefined && found !== 'damaged' && isDeepStrictEqual({ ...found.caller, ...changes }, found.caller);
  if (!holds) throw new CallersProblem(`The storage did not answer (${code}), and ${name} was not changed: try again.`);
}
