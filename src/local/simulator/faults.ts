import { validateHeaderName, validateHeaderValue } from 'node:http';
import * as z from 'zod';
import { type Answer, answerJson } from './answers.ts';
import type { AuthorizationRoute } from './statistics.ts';

// No 1xx: those are not final answers.
const status = z.number().int().min(200).max(599);
const processed = z.boolean();
const headers = z
  .record(z.string(), z.string())
  .refine(areSendable, 'A header name or value cannot be sent over HTTP, or is one that the simulator sets itself')
  .transform(lowerCaseNames);

const faultSchema = z.discriminatedUnion('kind', [
  z.strictObject({
    kind: z.literal('status'),
    status,
    headers: headers.optional(),
    /** A string is sent as it is, anything else as JSON. */
    body: z.union([z.string(), z.record(z.string(), z.unknown())]).optional(),
  }),
  z.strictObject({ kind: z.literal('delay'), ms: z.number().int().min(0).max(600_000) }),
  z.strictObject({ kind: z.literal('hang'), processed }),
  z.strictObject({ kind: z.literal('hold'), processed }),
  z.strictObject({ kind: z.literal('disconnect'), processed }),
  z.strictObject({ kind: z.literal('partial') }),
  z.strictObject({
    kind: z.literal('body'),
    body: z.string(),
    contentType: z
      .string()
      .refine((value) => areSendable({ 'content-type': value }))
      .optional(),
    status: status.optional(),
  }),
  z.strictObject({ kind: z.literal('token-set'), patch: z.record(z.string(), z.unknown()) }),
]);

/** One fault rule: the route it waits for, how often it strikes (null: until it is cleared), and what it does. */
export const faultRuleSchema = z.strictObject({
  on: z.enum(['login', 'refresh', 'any']),
  times: z.number().int().min(1).nullable().default(1),
  fault: faultSchema,
});

export type Fault = z.infer<typeof faultSchema>;
export type FaultRule = z.infer<typeof faultRuleSchema>;
export type FaultRuleInput = z.input<typeof faultRuleSchema>;

export interface FaultList {
  add(rule: FaultRule): void;
  /** The fault of the first rule that matches and has uses left; takes one of them. */
  take(route: AuthorizationRoute): Fault | undefined;
  /** Returns how many rules with uses left there were. */
  clear(): number;
}

export function createFaultList(): FaultList {
  let entries: { readonly rule: FaultRule; usesLeft: number }[] = [];
  return {
    add(rule) {
      entries.push({ rule, usesLeft: rule.times ?? Number.POSITIVE_INFINITY });
    },
    take(route) {
      const entry = entries.find(({ rule }) => rule.on === 'any' || rule.on === route);
      if (entry === undefined) return undefined;
      entry.usesLeft -= 1;
      if (entry.usesLeft === 0) entries = entries.filter((other) => other !== entry);
      return entry.rule.fault;
    },
    clear() {
      const { length } = entries;
      entries = [];
      return length;
    },
  };
}

/** The whole answer of a `status` fault. */
export function answerStatusFault(fault: Extract<Fault, { kind: 'status' }>): Answer {
  const body = fault.body ?? { statusCode: fault.status, message: 'Simulated fault' };
  const plain = typeof body === 'string' ? textAnswer(fault.status, body) : answerJson(fault.status, body);
  return { ...plain, headers: { ...plain.headers, ...fault.headers } };
}

function textAnswer(code: number, body: string): Answer {
  return { status: code, headers: { 'content-type': 'text/plain; charset=utf-8' }, body };
}

function areSendable(candidates: Record<string, string>): boolean {
  try {
    for (const [name, value] of Object.entries(candidates)) {
      validateHeaderName(name);
      validateHeaderValue(name, value);
      if (/^(?:content-length|transfer-encoding|connection)$/i.test(name)) return false;
    }
    return true;
  } catch {
    return false;
  }
}

function lowerCaseNames(given: Record<string, string>): Record<string, string> {
  return Object.fromEntries(Object.entries(given).map(([name, value]) => [name.toLowerCase(), value]));
}
