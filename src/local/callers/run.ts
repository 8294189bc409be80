/** What the commands of `npm run callers` do to the callers' table. */
import { randomUUID } from 'node:crypto';
import { isDeepStrictEqual } from 'node:util';
import type { Caller, CallerStore, StoredCaller } from '../../callers/caller-store.ts';
import { createSecret, hashSecret } from '../../callers/client-secret.ts';
import { failureRowsOf, ownRowOf } from '../../callers/login-throttle.ts';
import { StoreError, type StoreErrorCode } from '../../store/token-store.ts';
import type { Action } from './command-line.ts';
import { describeDamaged, renderCallers } from './caller-list.ts';

/** What is to be done cannot be done. The message says why. */
export class CallersProblem extends Error {
  override readonly name = 'CallersProblem';
}

/** Instances note logins in the same row: who loses reads it again. */
const TRIES = 5;

type Parts = { readonly store: CallerStore; readonly nowMs: () => number };

/**
 * Does what was asked.
 *
 * @returns what is to be printed
 * @throws {CallersProblem} when there is no such caller, or there is one already, or a write did not happen
 * @throws {StoreError} when the table cannot be used
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
    case 'reset':
      return reset(parts, action.name);
    case 'remove':
      return remove(parts, action.name);
  }
}

async function add({ store, nowMs }: Parts, name: string): Promise<string> {
  const secret = createSecret();
  const credential = await credentialOf(secret);
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
  await change(parts, name, await credentialOf(secret));
  return credentials(name, secret);
}

async function credentialOf(secret: string): Promise<Pick<Caller, 'secretHash' | 'credentialId'>> {
  return { secretHash: await hashSecret(secret), credentialId: randomUUID() };
}

function credentials(name: string, secret: string): string {
  return `client_id: ${name}\nclient_secret: ${secret}`;
}

/** @throws {CallersProblem} when there is no such caller, or nothing that could be changed */
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
  throw new CallersProblem(`${name} is being changed by others all the time: try again.`);
}

async function reset({ store }: Parts, name: string): Promise<string> {
  if (!(await store.read(name))) throw unknown(name);
  const { own, slot } = failureRowsOf(name, true);
  await store.forgetFailures(own); // first: the slot is to hold no less than it
  await store.forgetFailures(slot);
  return `${name} has no failed logins any more`;
}

async function remove({ store }: Parts, name: string): Promise<string> {
  if (!(await store.remove(name))) throw unknown(name);
  await store.forgetFailures(ownRowOf(name));
  return `${name} is removed`;
}

async function list({ store, nowMs }: Parts): Promise<string> {
  const { callers, damaged } = await store.list();
  const rows = callers.map(async (caller) => {
    const { timesMs } = await store.readFailures(ownRowOf(caller.name));
    return { caller, failuresMs: timesMs };
  });
  return [renderCallers(await Promise.all(rows), nowMs()), ...describeDamaged(damaged)].join('\n');
}

function unknown(name: string): CallersProblem {
  return new CallersProblem(`There is no caller ${name}: npm run callers -- list`);
}

/**
 * Looks whether a write happened whose answer was lost: else a new secret could count, and nobody would know it.
 *
 * @param write what it changed, and the code of what became of its answer
 * @throws {CallersProblem} when it did not happen
 * @throws {StoreError} when that cannot be known either
 */
async function confirm(
  store: CallerStore,
  name: string,
  { changes, code }: { readonly changes: Partial<Caller>; readonly code: StoreErrorCode },
): Promise<void> {
  const found = await store.read(name).catch((error: unknown) => {
    if (error instanceof StoreError) return 'out-of-reach' as const;
    throw error;
  });
  if (found === 'out-of-reach') {
    const lost = `a secret that was not printed is lost, and npm run callers -- rotate-secret ${name} gives another`;
    throw new StoreError(`Whether ${name} was changed is not known: ${lost}`, code);
  }
  const holds =
    found !== undefined && found !== 'damaged' && isDeepStrictEqual({ ...found.caller, ...changes }, found.caller);
  if (!holds) throw new CallersProblem(`The storage did not answer (${code}), and did nothing to ${name}: try again.`);
}
