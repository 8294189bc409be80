/** The rows of the callers' table as entities of Azure Table Storage, and back. Pure: no I/O, no clock. */
import * as z from 'zod';
import { parseJson } from '../parse-json.ts';
import { CALLER_NAME } from './caller-name.ts';
import type { Caller } from './caller-store.ts';

/** Callers, and the failures of logins, each in a partition. */
export const CALLERS = 'caller';
export const FAILURES = 'failures';

const moment = z.iso.datetime().transform((text) => Date.parse(text));

/** What decides is strict; when somebody last logged in only informs. */
const callerSchema = z.object({
  rowKey: z.string().regex(CALLER_NAME),
  secretHash: z.string().min(1),
  credentialId: z.string().min(1),
  createdAt: moment,
  disabled: z.boolean(),
  lastLoginAt: moment.optional().catch(undefined),
});

const failuresSchema = z.array(moment).catch([]);

export function toCallerEntity(caller: Caller) {
  const { name, secretHash, credentialId, createdAtMs, disabled, lastLoginAtMs } = caller;
  const lastLogin = lastLoginAtMs === undefined ? {} : { lastLoginAt: toIso(lastLoginAtMs) };
  const createdAt = toIso(createdAtMs);
  return { partitionKey: CALLERS, rowKey: name, secretHash, credentialId, createdAt, disabled, ...lastLogin };
}

/** @returns the caller, or `undefined` where the entity lacks what a caller cannot do without, or has no name of one */
export function fromCallerEntity(entity: unknown): Caller | undefined {
  const parsed = callerSchema.safeParse(entity);
  if (!parsed.success) return undefined;
  const { rowKey, createdAt, lastLoginAt, ...columns } = parsed.data;
  return { name: rowKey, createdAtMs: createdAt, lastLoginAtMs: lastLoginAt, ...columns };
}

export function toFailuresEntity(rowKey: string, timesMs: readonly number[]) {
  return { partitionKey: FAILURES, rowKey, failedAt: JSON.stringify(timesMs.map(toIso)) };
}

/** Failures that cannot be read are none: they must not hold anybody back for ever. */
export function fromFailuresEntity(entity: Readonly<Record<string, unknown>>): readonly number[] {
  return failuresSchema.parse(parseJson(entity.failedAt));
}

function toIso(ms: number): string {
  return new Date(ms).toISOString();
}
