import type { IncomingMessage, ServerResponse } from 'node:http';
import { answerJson, answerNotFound } from './answers.ts';
import { type Outcome, processRequest } from './authorization.ts';
import { answerControlRequest } from './control-routes.ts';
import type { Controls, SimulatorState } from './controls.ts';
import { deliver, type Delivery, send } from './delivery.ts';
import { readRequest, type Request } from './requests.ts';
import type { AuthorizationRoute } from './statistics.ts';
import type { TokenPair } from './token-sets.ts';

/** One request, without anything that is secret: no query, no header, no body. */
export interface RequestLogEntry extends Delivery {
  readonly atMs: number;
  readonly method: string;
  readonly path: string;
}

interface Runtime {
  readonly state: SimulatorState;
  readonly controls: Controls;
  readonly closing: AbortSignal;
  readonly now: () => number;
  readonly onRequest: (entry: RequestLogEntry) => void;
  readonly onIssued: (pair: TokenPair) => void;
}

export const BASE_PATH = '/auth/v2';

/** Serves one request from its first byte to its last, or to its broken connection. Never throws. */
export async function serve(message: IncomingMessage, response: ServerResponse, runtime: Runtime): Promise<void> {
  const request = await readRequest(message).catch(() => undefined);
  if (request === undefined) return void response.destroy(); // the client left in the middle of it
  const { method, path } = request;
  const delivery = await answer(request, response, runtime).catch((error: unknown) => fail(error, response, runtime));
  runtime.onRequest({ atMs: runtime.now(), method, path, ...delivery });
}

/** The simulator has closed during a delay, or has a bug, which had better not look like a fault that a test asked for. */
function fail(error: unknown, response: ServerResponse, { closing }: Runtime): Delivery {
  if (closing.aborted || response.headersSent) {
    response.destroy();
    return { status: undefined, reason: closing.aborted ? 'closing' : 'bug in the simulator' };
  }
  const message = `Bug in the simulator: ${error instanceof Error ? error.message : 'unknown'}`;
  return send(response, answerJson(500, { statusCode: 500, message }), 'bug in the simulator');
}

async function answer(request: Request, response: ServerResponse, runtime: Runtime): Promise<Delivery> {
  const { state, controls, closing } = runtime;
  if (request.path.startsWith('/simulator/')) {
    return send(response, answerControlRequest(request, controls, state.settings.subscriptionKey), 'control');
  }
  const route = findAuthorizationRoute(request);
  if (route === undefined) return send(response, answerNotFound(), 'no such route');
  state.statistics.requests[route] += 1;
  const fault = state.faults.take(route);
  if (fault !== undefined) state.statistics.faults += 1;
  return deliver(fault, {
    response,
    processRequest: () => processAndCount(route, request, runtime),
    held: state.held,
    closing,
  });
}

function findAuthorizationRoute({ method, path }: Request): AuthorizationRoute | undefined {
  if (method !== 'POST') return undefined;
  if (path === `${BASE_PATH}/login`) return 'login';
  return path === `${BASE_PATH}/refresh` ? 'refresh' : undefined;
}

function processAndCount(route: AuthorizationRoute, request: Request, { state, now, onIssued }: Runtime): Outcome {
  const { settings, sessions, statistics } = state;
  const outcome = processRequest(route, request, { settings, sessions, nowMs: now(), onIssued });
  if (outcome.kind === 'refused') statistics.refused[outcome.reason] += 1;
  else if (outcome.kind === 'refused-by-gateway') statistics.refused.subscriptionKey += 1;
  else if (route === 'login') statistics.logins += 1;
  else statistics.refreshes += 1;
  return outcome;
}
