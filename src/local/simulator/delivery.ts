import type { ServerResponse } from 'node:http';
import { setTimeout as wait } from 'node:timers/promises';
import type { Answer } from './answers.ts';
import { answerOutcome, type Outcome } from './authorization.ts';
import { answerStatusFault, type Fault } from './faults.ts';
import type { HeldAnswers } from './held-answers.ts';
import { mergePatch } from './merge-patch.ts';

/** What became of a request, for the log; no status where no complete answer was sent. Carries no secret. */
export interface Delivery {
  readonly status: number | undefined;
  readonly reason: string;
}

interface Exchange {
  readonly response: ServerResponse;
  /** Processes the request, now. To be called once at most. */
  readonly processRequest: () => Outcome;
  readonly held: HeldAnswers;
  /** Aborted when the simulator closes: a delay ends then. */
  readonly closing: AbortSignal;
}

/** Processes and answers a request as `fault` wants it, or plainly when there is none. */
export async function deliver(fault: Fault | undefined, exchange: Exchange): Promise<Delivery> {
  const { response, processRequest } = exchange;
  switch (fault?.kind) {
    case undefined:
      return sendOutcome(response, processRequest());
    case 'status':
      return send(response, answerStatusFault(fault), 'fault status');
    case 'delay':
      await wait(fault.ms, undefined, { signal: exchange.closing });
      return sendOutcome(response, processRequest(), 'fault delay, ');
    case 'hang':
      return withhold('hang', fault.processed ? processRequest() : undefined);
    case 'hold':
      return hold(fault.processed, exchange);
    case 'disconnect': {
      const outcome = fault.processed ? processRequest() : undefined;
      response.destroy();
      return withhold('disconnect', outcome);
    }
    case 'partial':
      return sendHalf(response, processRequest());
    case 'body':
      return sendOtherBody(response, processRequest(), fault);
    case 'token-set':
      return sendOutcome(response, patchTokenSet(processRequest(), fault.patch), 'fault token-set, ');
  }
}

/** Sends an answer and ends the exchange. `content-length` is ours to say. */
export function send(response: ServerResponse, answer: Answer, reason: string): Delivery {
  response.writeHead(answer.status, { ...answer.headers, 'content-length': Buffer.byteLength(answer.body) });
  response.end(answer.body);
  return { status: answer.status, reason };
}

function sendOutcome(response: ServerResponse, outcome: Outcome, prefix = ''): Delivery {
  return send(response, answerOutcome(outcome), prefix + describe(outcome));
}

async function hold(isProcessed: boolean, { response, processRequest, held }: Exchange): Promise<Delivery> {
  const early = isProcessed ? processRequest() : undefined;
  if ((await held.wait(response)) === 'gone') return withhold('hold, connection closed', early);
  return sendOutcome(response, early ?? processRequest(), 'fault hold, ');
}

/** Half of the body under the whole one's length; then the connection breaks, once that half is on its way. */
function sendHalf(response: ServerResponse, outcome: Outcome): Delivery {
  const { status, headers, body } = answerOutcome(outcome);
  const bytes = Buffer.from(body);
  response.writeHead(status, { ...headers, 'content-length': bytes.length });
  response.write(bytes.subarray(0, Math.floor(bytes.length / 2)), () => response.destroy());
  return withhold('partial', outcome);
}

function sendOtherBody(
  response: ServerResponse,
  outcome: Outcome,
  { body, contentType = 'application/json; charset=utf-8', status = 201 }: Extract<Fault, { kind: 'body' }>,
): Delivery {
  return send(response, { status, headers: { 'content-type': contentType }, body }, `fault body, ${describe(outcome)}`);
}

function patchTokenSet(outcome: Outcome, patch: Record<string, unknown>): Outcome {
  if (outcome.kind !== 'issued') return outcome;
  return { kind: 'issued', tokenSet: mergePatch(outcome.tokenSet, patch) };
}

function withhold(faultName: string, outcome: Outcome | undefined): Delivery {
  const what = outcome === undefined ? 'not processed' : describe(outcome);
  return { status: undefined, reason: `fault ${faultName}, ${what}` };
}

function describe(outcome: Outcome): string {
  switch (outcome.kind) {
    case 'issued':
      return 'token pair issued';
    case 'refused-by-gateway':
      return `${outcome.key} subscription key`;
    case 'refused':
      return outcome.reason;
  }
}
