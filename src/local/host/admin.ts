/**
 * The host's own routes: the part of its admin API that people use locally. Pure: returns a reply, and the function to run
 * in the background, if any. Keys are checked before.
 */
import * as z from 'zod';
import { parseJson } from '../../parse-json.ts';
import { emptyReply, type Reply } from './http-messages.ts';
import type { HostFunction, TimerTrigger } from './load-app.ts';

export interface AdminRequest {
  readonly method: string;
  /** Decoded. */
  readonly path: string;
  readonly contentType: string | undefined;
  readonly body: Uint8Array;
}

export interface AdminDecision {
  readonly reply: Reply;
  readonly run?: HostFunction<TimerTrigger>;
}

const invocationSchema = z.looseObject({ input: z.union([z.string(), z.number(), z.boolean(), z.null()]).optional() });

export function isAdminPath(path: string): boolean {
  return /^\/admin(?:\/|$)/i.test(path);
}

/**
 * Decides about a request below `/admin`.
 *
 * @param functions those that can run: a timer without a valid schedule is not among them
 */
export function decideAdmin(functions: readonly HostFunction[], request: AdminRequest): AdminDecision {
  const path = request.path.toLowerCase().replace(/\/$/, '');
  if (request.method === 'GET') return { reply: replyToGet(functions, path) };
  const name = /^\/admin\/functions\/([^/]+)$/.exec(path)?.[1];
  if (request.method !== 'POST' || name === undefined) return { reply: emptyReply(404) };
  if (!isJson(request.contentType)) return { reply: emptyReply(415) };
  const body = parseJson(new TextDecoder().decode(request.body));
  if (!invocationSchema.safeParse(body).success) return { reply: emptyReply(400) };
  const fn = functions.find((other) => other.name.toLowerCase() === name);
  if (fn === undefined) return { reply: emptyReply(404) };
  if (!isTimer(fn)) return { reply: jsonReply(400, { error: 'The built-in host starts timer functions only.' }) };
  return { reply: emptyReply(202), run: fn };
}

export function isTimer(fn: HostFunction): fn is HostFunction<TimerTrigger> {
  return fn.trigger.kind === 'timer';
}

function replyToGet(functions: readonly HostFunction[], path: string): Reply {
  if (path === '/admin/host/status') return jsonReply(200, { state: 'Running', host: 'builtin' });
  const listed = functions.map(({ name, trigger }) => ({ name, trigger: `${trigger.kind}Trigger` }));
  if (path === '/admin/functions') return jsonReply(200, listed);
  const one = listed.find(({ name }) => path === `/admin/functions/${name.toLowerCase()}`);
  return one === undefined ? emptyReply(404) : jsonReply(200, one);
}

function isJson(contentType: string | undefined): boolean {
  const mediaType = contentType?.split(';')[0]?.trim().toLowerCase() ?? '';
  return /^(?:application\/(?:.+\+)?|text\/)json$/.test(mediaType);
}

function jsonReply(status: number, value: unknown): Reply {
  return { status, headers: { 'content-type': 'application/json; charset=utf-8' }, body: JSON.stringify(value) };
}
