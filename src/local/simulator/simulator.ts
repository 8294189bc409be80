/**
 * A strict simulator of Quartile's authorization API, for local runs and tests: HTTP or HTTPS on one port.
 *
 * Quartile's own routes, base path `/auth/v2`: `POST /login` and `POST /refresh`. A spent, expired, revoked or unknown
 * refresh token gets 401; so do wrong credentials; a wrong or missing `Subscription-Key` gets 401 in the gateway's form.
 * The control routes are in the help text (main.ts).
 */
import { createServer, type IncomingMessage, type RequestListener, type Server, type ServerResponse } from 'node:http';
import { createServer as createSecureServer } from 'node:https';
import type * as z from 'zod';
import { toIso } from '../../iso-time.ts';
import { readBody, refuseForeignPage } from '../local-requests.ts';
import { answerJson, type Outcome, processRequest, type Request } from './authorization.ts';
import { answerControlRequest, answerNotFound, type Controls, createControls } from './controls.ts';
import { deliver, type Fault, send } from './faults.ts';
import { createState, type Route, type settingsSchema, type State } from './state.ts';
import type { TokenPair } from './token-sets.ts';

export type SimulatorOptions = Readonly<z.input<typeof settingsSchema>> & {
  /** Default 0: any free port. */
  readonly port?: number;
  /** The address to listen on. Default `127.0.0.1`. */
  readonly host?: string;
  /** Serve HTTPS, with a certificate for `host` and `localhost` that is created at the start. Default false. */
  readonly https?: boolean;
  /** The clock, in milliseconds since 1970. Default `Date.now`. */
  readonly now?: () => number;
  /** Receives every request when it is over. */
  readonly onRequest?: (entry: RequestLogEntry) => void;
  /** Receives every pair that is issued, even if a fault keeps it from the client. */
  readonly onIssued?: (pair: TokenPair) => void;
};

export interface Simulator extends Controls {
  /** `http://127.0.0.1:PORT`, or `https://…` */
  readonly url: string;
  /** The certificate to trust (PEM), in https mode. Node trusts it if `NODE_EXTRA_CA_CERTS` names a file of it. */
  readonly certificate: string | undefined;
  /** `url` + `/auth/v2`: the value for `QUARTILE_BASE_URL`. */
  readonly baseUrl: string;
  /** Ends all connections, those that hang included. May be called again. */
  close(): Promise<void>;
}

/** One request, without its secrets: no query, header or body. */
export interface RequestLogEntry {
  readonly atMs: number;
  readonly method: string;
  readonly path: string;
  /** `undefined`: no complete answer was sent. */
  readonly status: number | undefined;
  readonly reason: string;
}

/** The line of a request in the log, with its line end. */
export function renderRequest({ atMs, method, path, status, reason }: RequestLogEntry): string {
  return `${toIso(atMs)} ${method} ${path} ${status ?? '-'} ${reason}\n`;
}

interface Runtime {
  readonly state: State;
  readonly controls: Controls;
  readonly closing: AbortSignal;
  readonly now: () => number;
  readonly onRequest: (entry: RequestLogEntry) => void;
  readonly onIssued: (pair: TokenPair) => void;
}

const BASE_PATH = '/auth/v2';
const MAX_BODY_BYTES = 1_048_576;

/**
 * Starts a simulator. It listens when the promise is fulfilled.
 *
 * @throws zod's error for a bad option; Node's (`code` `EADDRINUSE` and others) when it cannot listen
 */
export async function startSimulator(options: SimulatorOptions): Promise<Simulator> {
  const { port = 0, host = '127.0.0.1', https = false, now = Date.now, onRequest, onIssued, ...settings } = options;
  const state = createState(settings);
  const closing = new AbortController();
  const controls = createControls(state, now);
  const listeners = { onRequest: onRequest ?? (() => {}), onIssued: onIssued ?? (() => {}) };
  const runtime = { state, controls, closing: closing.signal, now, ...listeners };
  const listener: RequestListener = (message, response) => void serve(message, response, runtime);
  const certificate = https ? (await import('./certificate.ts')).createCertificate([host, 'localhost']) : undefined;
  const server = certificate ? createSecureServer(certificate, listener) : createServer(listener);
  const url = `${https ? 'https' : 'http'}://${host}:${await listen(server, port, host)}`;
  let closed: Promise<void> | undefined;
  const close = (): Promise<void> => (closed ??= closeServer(server, closing));
  return { ...controls, url, baseUrl: url + BASE_PATH, certificate: certificate?.cert, close };
}

/** Serves one request until it is answered or its connection is broken. */
async function serve(message: IncomingMessage, response: ServerResponse, runtime: Runtime): Promise<void> {
  const { method = 'GET', url = '/' } = message;
  const [path = '/'] = url.split('?', 1);
  const reason = await answer(message, response, { ...runtime, method, path });
  const status = response.writableEnded ? response.statusCode : undefined;
  runtime.onRequest({ atMs: runtime.now(), method, path, status, reason });
}

/** @returns what happened, for the log */
async function answer(
  message: IncomingMessage,
  response: ServerResponse,
  { state, controls, closing, now, onIssued, method, path }: Runtime & Pick<Request, 'method' | 'path'>,
): Promise<string> {
  const { headers } = message;
  const refusal = refuseForeignPage(headers);
  if (refusal !== undefined) return refuse(response, refusal.status, refusal.reason);
  const body = await readBody(message, MAX_BODY_BYTES);
  if (!body.ok) return body.error === 'aborted' ? 'aborted' : refuse(response, 413, 'its body is too large');
  const request = { method, path, headers, body: body.value.toString() };
  if (path.startsWith('/simulator/')) {
    send(response, answerControlRequest(request, controls, state.settings.subscriptionKey));
    return 'control';
  }
  const route = findRoute(request);
  if (route === undefined) {
    send(response, answerNotFound());
    return 'no such route';
  }
  state.statistics.requests[route] += 1;
  const fault = takeFault(state, route);
  let outcome: Outcome | undefined;
  const process = () => (outcome = processRequest(route, request, { state, nowMs: now(), onIssued }));
  await deliver(fault, { response, process, held: state.held, closing });
  const what = outcome === undefined ? 'not processed' : describe(outcome);
  return fault === undefined ? what : `fault ${fault.kind}, ${what}`;
}

function describe(outcome: Outcome): string {
  return outcome.kind === 'issued' ? 'token pair issued' : outcome.reason;
}

function findRoute({ method, path }: Request): Route | undefined {
  if (method !== 'POST') return undefined;
  if (path === `${BASE_PATH}/login`) return 'login';
  return path === `${BASE_PATH}/refresh` ? 'refresh' : undefined;
}

/** The fault of the first rule that matches and has uses left. Takes one of them. */
function takeFault(state: State, route: Route): Fault | undefined {
  const entry = state.faults.find(({ rule }) => rule.on === 'any' || rule.on === route);
  if (entry === undefined) return undefined;
  entry.usesLeft -= 1;
  if (entry.usesLeft === 0) state.faults = state.faults.filter((other) => other !== entry);
  state.statistics.faults += 1;
  return entry.rule.fault;
}

function refuse(response: ServerResponse, status: number, reason: string): string {
  response.shouldKeepAlive = false; // the body is not read
  send(response, answerJson(status, { statusCode: status, message: `Refused: ${reason}.` }));
  return `refused: ${reason}`;
}

function listen(server: Server, port: number, host: string): Promise<number> {
  return new Promise((resolve, reject) => {
    server.once('error', reject);
    server.listen(port, host, () => {
      const address = server.address();
      resolve(typeof address === 'object' && address !== null ? address.port : port);
    });
  });
}

function closeServer(server: Server, closing: AbortController): Promise<void> {
  return new Promise((resolve) => {
    closing.abort();
    server.close(() => resolve());
    server.closeAllConnections();
  });
}
