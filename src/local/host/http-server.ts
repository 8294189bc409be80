// The HTTP front of the host: finds the function, checks the key, reads the body, invokes, sends. Everything that can be
// prepared is prepared at start; a request without a body waits for nothing but its handler.
import { createServer } from 'node:http';
import type { IncomingMessage, Server, ServerResponse } from 'node:http';
import { decideAdmin, emptyReply, homepage, isAdminPath } from './admin.ts';
import { isValidHost, parseTarget, toReply, toRpcRequest } from './http-messages.ts';
import type { Reply, RequestTarget } from './http-messages.ts';
import { createInvocationId, invoke } from './invoke.ts';
import { identifyHolder, judgeAccess, readPresentedKey } from './keys.ts';
import type { AuthLevel, KeyDigests } from './keys.ts';
import type { App } from './load-app.ts';
import { describeError } from './log.ts';
import type { Log } from './log.ts';
import { readBody } from './read-body.ts';
import { matchRoute } from './routes.ts';
import type { RouteMatch, RouteTable } from './routes.ts';
import type { HostFunction } from './triggers.ts';
import type { WorkTracker } from './work-tracker.ts';

export interface HttpParts {
  app: App;
  routes: RouteTable<HostFunction>;
  /** What can be run by hand: without the timers that are switched off. */
  functions: readonly HostFunction[];
  /** Undefined lets everybody in, as `func start` does. */
  keys: KeyDigests | undefined;
  log: Log;
  /** Handlers and responses under way. */
  requests: WorkTracker;
  /** Starts a timer function; must not throw. */
  runInBackground: (fn: HostFunction) => void;
}

const SERVER_NAME = 'builtin-host'; // the real one says Kestrel
const CLIENT_GONE = 499; // in the log only
const KEEP_ALIVE_MS = 130_000; // Kestrel's
const MAX_HEADER_BYTES = 32_768; // Kestrel's

export function createHttpServer(parts: HttpParts): Server {
  const server = createServer({ keepAliveTimeout: KEEP_ALIVE_MS, maxHeaderSize: MAX_HEADER_BYTES }, (req, res) => {
    void serve(parts, server, req, res);
  });
  return server;
}

/** Never rejects. */
async function serve(parts: HttpParts, server: Server, req: IncomingMessage, res: ServerResponse): Promise<void> {
  const startedAtMs = performance.now();
  const target = parseTarget(req.url ?? '/');
  const endHandler = parts.requests.begin();
  res.once('close', parts.requests.begin());
  let status = 500;
  try {
    const reply = await answer(parts, req, target);
    status = reply?.status ?? CLIENT_GONE;
    if (reply === undefined) return;
    if (!server.listening) res.shouldKeepAlive = false;
    send(res, reply);
  } catch (error) {
    parts.log.write('ERROR', 'host', describeError(error));
    status = 500;
    if (res.headersSent) res.destroy();
    else send(res, emptyReply(500));
  } finally {
    endHandler();
    const durationMs = Math.round(performance.now() - startedAtMs);
    parts.log.write('INFO', 'host', `${req.method} ${target?.rawPath ?? '*'} ${status} ${durationMs} ms`);
  }
}

/** Undefined when the client hung up before its body was complete. */
async function answer(
  parts: HttpParts,
  req: IncomingMessage,
  target: RequestTarget | undefined,
): Promise<Reply | undefined> {
  const [host = `127.0.0.1:${req.socket.localPort}`, ...otherHosts] = req.headersDistinct.host ?? [];
  if (!isValidHost(host) || otherHosts.length > 0) return emptyReply(400);
  if (target === undefined) return emptyReply(404);
  const method = req.method ?? 'GET';
  if (isAdminPath(target.path)) return await answerAdmin(parts, req, target);
  const match = matchRoute(parts.routes, method, target.path);
  if (match === undefined) {
    const isHomepage = target.path === '/' && (method === 'GET' || method === 'HEAD');
    return isHomepage ? homepage() : emptyReply(404);
  }
  const { trigger } = match.target;
  const refusal = refuse(parts, req, target, trigger.kind === 'http' ? trigger.authLevel : 'admin');
  if (refusal !== undefined) return refusal;
  const read = await readBody(req);
  if (read.kind === 'too_large') return { ...emptyReply(413), headers: { connection: 'close' } };
  if (read.kind === 'aborted') return undefined;
  const headers = req.headersDistinct;
  return await callFunction(
    parts,
    match,
    toRpcRequest({ method, host, target, headers, params: match.params, body: read.body }),
  );
}

async function callFunction(
  { app, log }: HttpParts,
  { target: fn, params }: RouteMatch<HostFunction>,
  http: ReturnType<typeof toRpcRequest>,
): Promise<Reply> {
  const invocationId = createInvocationId();
  try {
    const response = await invoke(app, { fn, invocationId, input: { http }, params });
    return toReply(response.returnValue?.http);
  } catch (error) {
    log.write('ERROR', fn.name, `Failed (${invocationId.slice(0, 8)}): ${describeError(error)}`);
    return emptyReply(500);
  }
}

async function answerAdmin(parts: HttpParts, req: IncomingMessage, target: RequestTarget): Promise<Reply | undefined> {
  const refusal = refuse(parts, req, target, 'admin');
  if (refusal !== undefined) return refusal;
  const read = await readBody(req);
  if (read.kind === 'too_large') return { ...emptyReply(413), headers: { connection: 'close' } };
  if (read.kind === 'aborted') return undefined;
  const { reply, run } = decideAdmin(parts.functions, {
    method: req.method ?? 'GET',
    path: target.path,
    contentType: req.headers['content-type'],
    body: read.body,
  });
  if (run !== undefined) parts.runInBackground(run);
  return reply;
}

function refuse(parts: HttpParts, req: IncomingMessage, target: RequestTarget, level: AuthLevel): Reply | undefined {
  if (parts.keys === undefined || level === 'anonymous') return undefined;
  const holder = identifyHolder(parts.keys, readPresentedKey(req.headersDistinct, target.search));
  const verdict = judgeAccess(level, holder);
  return verdict === 'allowed' ? undefined : emptyReply(verdict);
}

/** Chunked unless the app has set a length: `writeHead` before `end` keeps Node from counting. */
function send(res: ServerResponse, { status, headers, body }: Reply): void {
  headers['server'] ??= SERVER_NAME;
  const isEmpty = body === undefined || body.length === 0;
  if (isEmpty && status !== 204 && status !== 304) headers['content-length'] ??= 0;
  res.writeHead(status, headers);
  res.end(isEmpty ? undefined : body);
}
