/** The faults that a test can ask for, and how a request is answered under one. */
import { type ServerResponse, validateHeaderName, validateHeaderValue } from 'node:http';
import * as z from 'zod';
import { sleep } from '../../sleep.ts';
import { type Answer, answerJson, answerOutcome, type Outcome } from './authorization.ts';

const statusSchema = z.number().int().min(200).max(599); // a 1xx is not a final answer
const processedSchema = z.boolean();
const headersSchema = z
  .record(z.string(), z.string())
  .refine(areSendable, 'A header name or value cannot be sent over HTTP, or is one that the simulator sets itself')
  .transform(lowerCaseNames);

const faultSchema = z.discriminatedUnion('kind', [
  z.strictObject({
    kind: z.literal('status'),
    status: statusSchema,
    headers: headersSchema.optional(),
    /** A string is sent as it is, an object as JSON. */
    body: z.union([z.string(), z.record(z.string(), z.unknown())]).optional(),
  }),
  z.strictObject({ kind: z.literal('delay'), ms: z.number().int().min(0).max(600_000) }),
  z.strictObject({ kind: z.literal('hang'), processed: processedSchema }),
  z.strictObject({ kind: z.literal('hold'), processed: processedSchema }),
  z.strictObject({ kind: z.literal('disconnect'), processed: processedSchema }),
  z.strictObject({ kind: z.literal('partial') }),
  z.strictObject({
    kind: z.literal('body'),
    body: z.string(),
    contentType: z
      .string()
      .refine((value) => areSendable({ 'content-type': value }))
      .default('application/json; charset=utf-8'),
    status: statusSchema.default(201),
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

interface Exchange {
  readonly response: ServerResponse;
  /** Processes the request. To be called at most once. */
  readonly process: () => Outcome;
  readonly held: Map<ServerResponse, () => void>;
  /** Aborted when the simulator closes. */
  readonly closing: AbortSignal;
}

/** Processes and answers a request, or does what the fault asks for instead. */
export async function deliver(fault: Fault | undefined, exchange: Exchange): Promise<void> {
  const { response, process, closing } = exchange;
  switch (fault?.kind) {
    case undefined:
      return send(response, answerOutcome(process()));
    case 'status':
      return send(response, answerStatusFault(fault));
    case 'delay':
      await sleep(fault.ms, closing);
      if (!closing.aborted) send(response, answerOutcome(process()));
      return;
    case 'hang':
      if (fault.processed) process();
      return;
    case 'hold':
      return hold(fault.processed, exchange);
    case 'disconnect':
      if (fault.processed) process();
      response.destroy();
      return;
    case 'partial':
      return sendHalf(response, answerOutcome(process()));
    case 'body':
      process();
      return send(response, {
        status: fault.status,
        headers: { 'content-type': fault.contentType },
        body: fault.body,
      });
    case 'token-set': {
      const outcome = process();
      if (outcome.kind === 'refused') return send(response, outcome.answer);
      return send(response, answerJson(201, mergePatch(outcome.tokenSet, fault.patch)));
    }
  }
}

export function send(response: ServerResponse, { status, headers, body }: Answer): void {
  response.writeHead(status, { ...headers, 'content-length': Buffer.byteLength(body) });
  response.end(body);
}

function answerStatusFault(fault: Extract<Fault, { kind: 'status' }>): Answer {
  const { status, body = { statusCode: status, message: 'Simulated fault' } } = fault;
  const answer =
    typeof body === 'string'
      ? { status, headers: { 'content-type': 'text/plain; charset=utf-8' }, body }
      : answerJson(status, body);
  return { ...answer, headers: { ...answer.headers, ...fault.headers } };
}

/** Waits for `release`, or for the end of the connection. */
async function hold(isProcessed: boolean, { response, process, held }: Exchange): Promise<void> {
  const early = isProcessed ? process() : undefined;
  const isReleased = await new Promise<boolean>((resolve) => {
    if (response.destroyed) return resolve(false);
    held.set(response, () => resolve(true));
    response.once('close', () => {
      held.delete(response);
      resolve(false);
    });
  });
  if (isReleased) send(response, answerOutcome(early ?? process()));
}

/** Sends half of the body with the full length; then breaks the connection, once that half has been written. */
function sendHalf(response: ServerResponse, { status, headers, body }: Answer): void {
  const bytes = Buffer.from(body);
  response.writeHead(status, { ...headers, 'content-length': bytes.length });
  response.write(bytes.subarray(0, Math.floor(bytes.length / 2)), () => response.destroy());
}

/** JSON Merge Patch (RFC 7396 §2): objects are merged field by field, null deletes a field, anything else replaces. */
function mergePatch(target: unknown, patch: unknown): unknown {
  if (!isObject(patch)) return patch;
  const merged = new Map<string, unknown>(isObject(target) ? Object.entries(target) : []);
  for (const [name, value] of Object.entries(patch)) {
    if (value === null) merged.delete(name);
    else merged.set(name, mergePatch(merged.get(name), value));
  }
  return Object.fromEntries(merged);
}

function isObject(value: unknown): value is Record<string, unknown> {
  return typeof value === 'object' && value !== null && !Array.isArray(value);
}
