/** Sends an answer, or does what a fault asks for instead. */
import type { ServerResponse } from 'node:http';
import { sleep } from '../../sleep.ts';
import { type Answer, answerJson, answerOutcome, type Outcome } from './authorization.ts';
import type { Fault } from './faults.ts';
import type { State } from './state.ts';

/** What happened to a request, for the log. No status: no complete answer was sent. It contains no secret. */
export interface Delivery {
  readonly status: number | undefined;
  readonly reason: string;
}

interface Exchange {
  readonly response: ServerResponse;
  /** Processes the request. To be called at most once. */
  readonly process: () => Outcome;
  readonly held: State['held'];
  /** Aborted when the simulator closes. */
  readonly closing: AbortSignal;
}

/** Processes and answers a request. */
export async function deliver(fault: Fault | undefined, exchange: Exchange): Promise<Delivery> {
  const { response, process, closing } = exchange;
  switch (fault?.kind) {
    case undefined:
      return sendOutcome(response, process());
    case 'status':
      return send(response, answerStatusFault(fault), 'fault status');
    case 'delay':
      await sleep(fault.ms, closing);
      return closing.aborted ? breakOff(response, 'closing') : sendOutcome(response, process(), 'fault delay, ');
    case 'hang':
      return withhold('hang', fault.processed ? process() : undefined);
    case 'hold':
      return hold(fault.processed, exchange);
    case 'disconnect': {
      const outcome = fault.processed ? process() : undefined;
      response.destroy();
      return withhold('disconnect', outcome);
    }
    case 'partial':
      return sendHalf(response, process());
    case 'body': {
      const outcome = process();
      const answer = { status: fault.status, headers: { 'content-type': fault.contentType }, body: fault.body };
      return send(response, answer, `fault body, ${describe(outcome)}`);
    }
    case 'token-set': {
      const outcome = process();
      const patched =
        outcome.kind === 'issued' ? { ...outcome, tokenSet: mergePatch(outcome.tokenSet, fault.patch) } : outcome;
      return sendOutcome(response, patched, 'fault token-set, ');
    }
  }
}

/** Sends an answer and ends the exchange. */
export function send(response: ServerResponse, answer: Answer, reason: string): Delivery {
  response.writeHead(answer.status, { ...answer.headers, 'content-length': Buffer.byteLength(answer.body) });
  response.end(answer.body);
  return { status: answer.status, reason };
}

/** Breaks the connection. */
export function breakOff(response: ServerResponse, reason: string): Delivery {
  response.destroy();
  return { status: undefined, reason };
}

function sendOutcome(response: ServerResponse, outcome: Outcome, prefix = ''): Delivery {
  return send(response, answerOutcome(outcome), prefix + describe(outcome));
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
async function hold(isProcessed: boolean, { response, process, held }: Exchange): Promise<Delivery> {
  const early = isProcessed ? process() : undefined;
  const isReleased = await new Promise<boolean>((resolve) => {
    if (response.destroyed) return resolve(false);
    held.set(response, () => resolve(true));
    response.once('close', () => {
      held.delete(response);
      resolve(false);
    });
  });
  if (!isReleased) return withhold('hold, connection closed', early);
  return sendOutcome(response, early ?? process(), 'fault hold, ');
}

/** Sends half of the body with the full length; then breaks the connection, once that half has been written. */
function sendHalf(response: ServerResponse, outcome: Outcome): Delivery {
  const { status, headers, body } = answerOutcome(outcome);
  const bytes = Buffer.from(body);
  response.writeHead(status, { ...headers, 'content-length': bytes.length });
  response.write(bytes.subarray(0, Math.floor(bytes.length / 2)), () => response.destroy());
  return withhold('partial', outcome);
}

function withhold(faultName: string, outcome: Outcome | undefined): Delivery {
  const what = outcome === undefined ? 'not processed' : describe(outcome);
  return { status: undefined, reason: `fault ${faultName}, ${what}` };
}

function describe(outcome: Outcome): string {
  return outcome.kind === 'issued' ? 'token pair issued' : outcome.reason;
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
