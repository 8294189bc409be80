/** The faults that a test can ask for. */
import { validateHeaderName, validateHeaderValue } from 'node:http';
import * as z from 'zod';

const status = z.number().int().min(200).max(599); // a 1xx is not a final answer
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
    /** A string is sent as it is, an object as JSON. */
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
      .default('application/json; charset=utf-8'),
    status: status.default(201),
  }),
  z.strictObject({ kind: z.literal('token-set'), patch: z.record(z.string(), z.unknown()) }),
]);

/** The route that a rule applies to, how often (null: until it is cleared), and its fault. */
export const faultRuleSchema = z.strictObject({
  on: z.enum(['login', 'refresh', 'any']),
  times: z.number().int().min(1).nullable().default(1),
  fault: faultSchema,
});

export type Fault = z.output<typeof faultSchema>;
export type FaultRule = z.output<typeof faultRuleSchema>;
export type FaultRuleInput = z.input<typeof faultRuleSchema>;

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
