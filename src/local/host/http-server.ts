/** The host's HTTP side: checks the sender and the key, reads the body, calls the function, sends its reply. */
import { randomUUID } from 'node:crypto';
import { createServer, type IncomingMessage, type Server, type ServerResponse } from 'node:http';
import { readBody, refuseForeignPage } from '../local-requests.ts';
import { decideAdmin, isAdminPath } from './admin.ts';
import { emptyReply, parseTarget, type Reply, type RequestTarget, toReply, toRpcRequest } from './http-messages.ts';
import { judgeKey, type Keys, readPresentedKey } from './keys.ts';
import type { App, AuthLevel, HostFunction, HttpTrigger, TimerTrigger } from './load-app.ts';
import { describeError, type Log } from './log.ts';
import { invoke } from './programming-model.ts';

export interface HttpParts {
  readonly app: App;
  /** Those that can run: without the timers that are disabled. */
  readonly functions: readonly HostFunction[];
  /** `undefined`: keys are not checked, as with `func start`. */
  readonly keys: Keys | undefined;
  readonly maxBodyBytes: number;
  readonly log: Log;
  /** Receives a promise for each request. It resolves when the handler has ended and the response is closed. */
  readonly track: (work: Promise<void>) => void;
  /** Starts a timer function; must not throw. */
  readonly runInBackground: (fn: HostFunction<TimerTrigger>) => void;
}

const SERVER_NAME = 'builtin-host'; // the real one says Kestrel
const HOMEPAGE = 'The built-in host runs your function app. It stands in for Azure Functions Core Tools.\n';
const KEEP_ALIVE_MS = 130_000; // Kestrel's
const MAX_HEADER_BYTES = 32_768; // Kestrel's
const CLIENT_GONE = 499; // in the log only

export function createHttpServer(parts: HttpParts): Server {
  const options = { keepAliveTimeout: KEEP_ALIVE_MS, maxHeaderSize: MAX_HEADER_BYTES };
  const server = createServer(options, (request, response) => {
    const closed = new Promise((resolve) => response.once('close', resolve));
    parts.track(
      serve(parts, request, (reply) => {
        if (!server.listening) response.shouldKeepAlive = false;
        send(response, reply);
      }).then(async () => void (await closed)),
    );
  });
  return server;
}

/** Never rejects. */
async function serve(parts: HttpParts, request: IncomingMessage, sendReply: (reply: Reply) => void): Promise<void> {
  const startedAtMs = performance.now();
  const target = parseTarget(request.url ?? '/');
  const reply = await answer(parts, request, target).catch((error: unknown) => {
    parts.log.write('ERROR', 'host', describeError(error));
    return emptyReply(500);
  });
  if (reply !== undefined) sendReply(reply);
  const durationMs = Math.round(performance.now() - startedAtMs);
  const status = reply?.status ?? CLIENT_GONE;
  parts.log.write('INFO', 'host', `${request.method} ${target?.rawPath ?? '*'} ${status} ${durationMs} ms`);
}

/** @returns `undefined` if the client closed the connection before its body was complete */
async function answer(
  parts: HttpParts,
  request: IncomingMessage,
  target: RequestTarget | undefined,
): Promise<Reply | undefined> {
  const refusal = refuseForeignPage(request.headers);
  if (refusal !== undefined) {
    parts.log.write('WARN', 'host', `A request is refused: ${refusal.reason}.`);
    return emptyReply(refusal.status);
  }
  if ((request.headersDistinct.host ?? []).length > 1) return emptyReply(400);
  if (target === undefined) return emptyReply(404);
  const isAdmin = isAdminPath(target.path);
  const fn = isAdmin ? undefined : findFunction(parts.functions, request.method, target.path);
  if (!isAdmin && fn === undefined) return replyWithoutFunction(request.method, target.path);
  const verdict = checkKey(parts.keys, fn?.trigger.authLevel ?? 'admin', request, target);
  if (verdict !== 'allowed') return emptyReply(verdict);
  const body = await readBody(request, parts.maxBodyBytes);
  if (!body.ok) {
    return body.error === 'aborted' ? undefined : { ...emptyReply(413), headers: { connection: 'close' } };
  }
  return fn === undefined
    ? answerAdmin(parts, request, target, body.value)
    : callFunction(parts, fn, toRpcRequest(request, target, body.value));
}

/** The route ignores case and one trailing slash. A wrong method is an unknown route: the host knows no 405. */
function findFunction(
  functions: readonly HostFunction[],
  method: string | undefined,
  path: string,
): HostFunction<HttpTrigger> | undefined {
  const wanted = path.toLowerCase().replace(/\/$/, '');
  return functions.filter(isHttp).find(({ trigger }) => {
    return trigger.path === wanted && trigger.methods.some((allowed) => allowed === method);
  });
}

function isHttp(fn: HostFunction): fn is HostFunction<HttpTrigger> {
  return fn.trigger.kind === 'http';
}

function replyWithoutFunction(method: string | undefined, path: string): Reply {
  if (path !== '/' || (method !== 'GET' && method !== 'HEAD')) return emptyReply(404);
  return { status: 200, headers: { 'content-type': 'text/plain; charset=utf-8' }, body: HOMEPAGE };
}

function checkKey(keys: Keys | undefined, level: AuthLevel, request: IncomingMessage, target: RequestTarget) {
  if (keys === undefined) return 'allowed';
  return judgeKey(level, readPresentedKey(request.headersDistinct['x-functions-key'], target.search), keys);
}

function answerAdmin(parts: HttpParts, request: IncomingMessage, { path }: RequestTarget, body: Uint8Array): Reply {
  const { method = 'GET', headers } = request;
  const admin = { method, path, contentType: headers['content-type'], body };
  const { reply, run } = decideAdmin(parts.functions, admin);
  if (run !== undefined) parts.runInBackground(run);
  return reply;
}

async function callFunction(
  { app, log }: HttpParts,
  fn: HostFunction,
  http: ReturnType<typeof toRpcRequest>,
): Promise<Reply> {
  const invocationId = randomUUID();
  try {
    const response = await invoke(app, { fn, invocationId, input: { http } });
    return toReply(response.returnValue?.http);
  } catch (error) {
    log.write('ERROR', fn.name, `Failed (${invocationId.slice(0, 8)}): ${describeError(error)}`);
    return emptyReply(500);
  }
}

/** Chunked unless the app has set a length: `writeHead` before `end` keeps Node from counting. */
function send(response: ServerResponse, { status, headers, body }: Reply): void {
  headers['server'] ??= SERVER_NAME;
  const isEmpty = body === undefined || body.length === 0;
  if (isEmpty && status !== 204 && status !== 304) headers['content-length'] ??= 0;
  response.writeHead(status, headers);
  response.end(isEmpty ? undefined : body);
}
