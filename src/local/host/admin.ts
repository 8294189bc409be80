// The host's own routes: the part of its admin API that people use locally, and the page at `/`. Decisions only: a reply,
// and the function to run in the background, if any. Access is checked before.
import * as z from 'zod';
import type { Reply } from './http-messages.ts';
import type { HostFunction } from './triggers.ts';

export interface AdminRequest {
  method: string;
  /** Decoded. */
  path: string;
  contentType: string | undefined;
  body: Uint8Array | undefined;
}

export interface AdminDecision {
  reply: Reply;
  run?: HostFunction;
}

const invocationSchema = z.looseObject({ input: z.union([z.string(), z.number(), z.boolean(), z.null()]).optional() });

export function isAdminPath(path: string): boolean {
  return /^\/admin(?:\/|$)/i.test(path);
}

/** The reply to a request below `/admin`. */
export function decideAdmin(functions: readonly HostFunction[], request: AdminRequest): AdminDecision {
  const path = request.path.toLowerCase().replace(/\/$/, '');
  if (request.method === 'GET') return { reply: replyToGet(functions, path) };
  const name = /^\/admin\/functions\/([^/]+)$/.exec(path)?.[1];
  if (request.method !== 'POST' || name === undefined) return { reply: emptyReply(404) };
  if (!isJson(request.contentType)) return { reply: emptyReply(415) };
  if (!isInvocation(request.body)) return { reply: emptyReply(400) };
  const fn = functions.find((other) => other.name.toLowerCase() === name);
  if (fn === undefined) return { reply: emptyReply(404) };
  if (fn.trigger.kind !== 'timer') {
    return { reply: jsonReply(400, { error: 'The built-in host starts timer functions only.' }) };
  }
  return { reply: emptyReply(202), run: fn };
}

/** The page at `/`, where the app has no function of its own. */
export function homepage(): Reply {
  const text = 'The built-in host runs your function app. It stands in for Azure Functions Core Tools.\n';
  return { status: 200, headers: { 'content-type': 'text/plain; charset=utf-8' }, body: text };
}

export function emptyReply(status: number): Reply {
  return { status, headers: {}, body: undefined };
}

function replyToGet(functions: readonly HostFunction[], path: string): Reply {
  if (path === '/admin/host/status') {
    return jsonReply(200, { state: 'Running', host: 'builtin', processUptime: Math.round(process.uptime() * 1000) });
  }
  if (path === '/admin/functions') return jsonReply(200, functions.map(describe));
  const fn = functions.find((other) => path === `/admin/functions/${other.name.toLowerCase()}`);
  return fn === undefined ? emptyReply(404) : jsonReply(200, describe(fn));
}

function describe({ name, trigger }: HostFunction): { name: string; trigger: string } {
  return { name, trigger: trigger.kind === 'other' ? trigger.type : `${trigger.kind}Trigger` };
}

function isJson(contentType: string | undefined): boolean {
  const mediaType = contentType?.split(';')[0]?.trim().toLowerCase() ?? '';
  return mediaType === 'application/json' || mediaType === 'text/json' || /^application\/.+\+json$/.test(mediaType);
}

function isInvocation(body: Uint8Array | undefined): boolean {
  try {
    return invocationSchema.safeParse(JSON.parse(new TextDecoder().decode(body))).success;
  } catch {
    return false;
  }
}

function jsonReply(status: number, value: unknown): Reply {
  return { status, headers: { 'content-type': 'application/json; charset=utf-8' }, body: JSON.stringify(value) };
}
