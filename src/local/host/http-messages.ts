/** Translates between HTTP and the shapes that the library takes and returns. Pure. */
import type { IncomingMessage, OutgoingHttpHeaders } from 'node:http';
import type { NullableMap, RpcHttpRequest, RpcHttpResponse } from './programming-model.ts';

export interface RequestTarget {
  /** As it was sent, without the query: this may be logged. */
  rawPath: string;
  /** Decoded, for matching. */
  path: string;
  /** With its `?`, or empty. */
  search: string;
}

export interface Reply {
  status: number;
  headers: OutgoingHttpHeaders;
  body: Uint8Array | string | undefined;
}

export function emptyReply(status: number): Reply {
  return { status, headers: {}, body: undefined };
}

/** Splits a request target. @returns `undefined` for one that is not a path (`OPTIONS *`) */
export function parseTarget(target: string): RequestTarget | undefined {
  if (!target.startsWith('/')) return undefined;
  const [rawPath = '', ...query] = target.split('?');
  return { rawPath, path: decodePath(rawPath), search: query.length === 0 ? '' : `?${query.join('?')}` };
}

/**
 * Decodes a path as the real host does: `%2F` stays as it was sent, dot segments are resolved. A path that cannot be
 * decoded stays as it is.
 */
function decodePath(rawPath: string): string {
  const path = /\/(?:\.|%2e)/i.test(rawPath) ? (URL.parse(`http://host${rawPath}`)?.pathname ?? rawPath) : rawPath;
  try {
    return decodeURIComponent(path.replaceAll(/%(?=2f)/gi, '%25'));
  } catch {
    return path;
  }
}

export function toRpcRequest(request: IncomingMessage, target: RequestTarget, body: Uint8Array): RpcHttpRequest {
  const host = request.headers.host ?? `127.0.0.1:${request.socket.localPort}`;
  return {
    method: request.method ?? 'GET',
    url: `http://${host}${target.rawPath}${target.search}`,
    nullableHeaders: joinHeaders(request.headersDistinct),
    nullableQuery: joinQuery(target.search),
    nullableParams: {},
    body: body.length === 0 ? null : { bytes: body },
  };
}

/** A function that returns nothing answers 204, as Functions 2.x and later do. */
export function toReply(response: RpcHttpResponse | undefined): Reply {
  if (response === undefined) return emptyReply(204);
  return {
    status: Number(response.statusCode ?? 200),
    headers: { ...response.headers },
    body: response.body?.bytes,
  };
}

/** The values of a repeated header are joined by commas, as ASP.NET does. (Node's `headers` drops some.) */
function joinHeaders(headers: Readonly<Record<string, string[] | undefined>>): NullableMap {
  return Object.fromEntries(Object.entries(headers).map(([name, values = []]) => [name, { value: values.join(',') }]));
}

/** As ASP.NET reads a query: names ignore case, and the values of a repeated name are joined by commas. */
function joinQuery(search: string): NullableMap {
  const byKey = new Map<string, [name: string, entry: { value: string }]>();
  for (const [name, value] of new URLSearchParams(search)) {
    const [, entry] = byKey.get(name.toLowerCase()) ?? [];
    if (entry === undefined) byKey.set(name.toLowerCase(), [name, { value }]);
    else entry.value += `,${value}`;
  }
  return Object.fromEntries(byKey.values());
}
