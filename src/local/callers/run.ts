/** What the commands of `npm run callers` do to the callers' table. */
import { randomUUID } from 'node:crypto';
import type { Caller, CallerStore, StoredCaller } from '../../callers/caller-store.ts';
import { createSecret, hashSecret } from '../../callers/client-secret.ts';
import { failureRowsOf, ownRowOf } from '../../callers/login-throttle.ts';
import { StoreError } from '../../store/token-store.ts';
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
 * @throws {CallersProblem} when there is no such caller, or there is one already
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
  const caller: Caller = {
    name,
    ...(await credentialOf(secret)),
    createdAtMs: nowMs(),
    disabled: false,
    lastLoginAtMs: undefined,
  };
  const write = await store.write(caller, undefined);
  if (write.result === 'conflict') throw new CallersProblem(`There is a caller ${name} already.`);
  if (write.result === 'unknown') throw unanswered(write.code);
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
    if (write.result === 'unknown') throw unanswered(write.code);
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

function unanswered(code: string): StoreError {
  return new StoreError('The storage did not say whether it was done: see npm run callers -- list', code);
}
