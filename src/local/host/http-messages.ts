// Between HTTP and the shapes that the library takes and gives. No I/O.
import type { OutgoingHttpHeaders } from 'node:http';
import type { NullableMap, RpcCookie, RpcHttpRequest, RpcHttpResponse } from './core-api.ts';
import { decodePath } from './routes.ts';

export interface RequestTarget {
  /** As it was sent, without the query: what may be logged. */
  rawPath: string;
  /** For matching, see `decodePath`. */
  path: string;
  /** With its `?`, or empty. */
  search: string;
}

/** By name in lower case, the values of a repeated one in their order. */
export type DistinctHeaders = Readonly<Record<string, string[] | undefined>>;

/** What is sent: an undefined or empty body has the length 0. */
export interface Reply {
  status: number;
  headers: OutgoingHttpHeaders;
  body: Uint8Array | string | undefined;
}

/** Splits a request target; undefined for one that is no path (`OPTIONS *`). */
export function parseTarget(url: string): RequestTarget | undefined {
  const target = url.startsWith('/') ? url : /^https?:\/\/[^/?#]+(\/.*)$/i.exec(url)?.[1]; // the absolute form, RFC 9112 §3.2.2
  if (target === undefined) return undefined;
  const queryAt = target.indexOf('?');
  const rawPath = queryAt === -1 ? target : target.slice(0, queryAt);
  return { rawPath, path: decodePath(rawPath), search: queryAt === -1 ? '' : target.slice(queryAt) };
}

/** A host of a form that a URL can hold: others would make the library throw. */
export function isValidHost(host: string): boolean {
  return /^(?:[\w.-]+|\[[\da-f:.]+\])(?::\d{1,5})?$/i.test(host) && URL.canParse(`http://${host}`);
}

export function toRpcRequest(request: {
  method: string;
  host: string;
  target: RequestTarget;
  headers: DistinctHeaders;
  params: Record<string, string>;
  body: Uint8Array | undefined;
}): RpcHttpRequest {
  const { method, host, target, headers, params, body } = request;
  return {
    method,
    url: `http://${host}${target.rawPath}${target.search}`,
    nullableHeaders: toNullableHeaders(headers),
    nullableQuery: target.search === '' ? {} : parseQuery(target.search),
    nullableParams: toNullableMap(Object.entries(params)),
    body: body === undefined || body.length === 0 ? null : { bytes: body },
  };
}

/** Nothing returned is 204, the documented default of Functions 2.x and later. */
export function toReply(response: RpcHttpResponse | undefined): Reply {
  if (response === undefined) return { status: 204, headers: {}, body: undefined };
  const headers: OutgoingHttpHeaders = { ...response.headers };
  const cookies = (response.cookies ?? []).map(formatCookie);
  if (cookies.length > 0) {
    const own = headers['set-cookie'];
    headers['set-cookie'] = typeof own === 'string' ? [own, ...cookies] : cookies;
  }
  return { status: Number(response.statusCode ?? 200), headers, body: response.body?.bytes ?? response.body?.string };
}

/** A cookie in the form of RFC 6265 §4.1.1; name and value are encoded, as ASP.NET does. */
export function formatCookie(cookie: RpcCookie): string {
  const expiresSeconds = cookie.expires?.value?.seconds;
  const sameSite = cookie.sameSite === 'explicitNone' ? 'none' : cookie.sameSite;
  return [
    `${encodeURIComponent(cookie.name)}=${encodeURIComponent(cookie.value)}`,
    expiresSeconds !== undefined && `expires=${new Date(expiresSeconds * 1000).toUTCString()}`,
    cookie.maxAge && `max-age=${cookie.maxAge.value}`,
    cookie.domain && `domain=${cookie.domain.value}`,
    `path=${cookie.path?.value ?? '/'}`,
    cookie.secure?.value === true && 'secure',
    sameSite !== undefined && cookie.sameSite !== 'none' && `samesite=${sameSite}`,
    cookie.httpOnly?.value === true && 'httponly',
  ]
    .filter((part) => typeof part === 'string')
    .join('; ');
}

/** ASP.NET's reading of a query: names regardless of case, the values of a repeated one joined by commas. */
function parseQuery(search: string): NullableMap {
  const query: NullableMap = {};
  const nameByKey = new Map<string, string>();
  for (const [name, value] of new URLSearchParams(search)) {
    const known = nameByKey.get(name.toLowerCase());
    const entry = known === undefined ? undefined : query[known];
    if (entry !== undefined) {
      entry.value += `,${value}`;
    } else {
      nameByKey.set(name.toLowerCase(), name);
      query[name] = { value };
    }
  }
  return query;
}

/** ASP.NET's reading of headers: a repeated one is its values joined by commas. Node would drop some, and take the first. */
function toNullableHeaders(headers: DistinctHeaders): NullableMap {
  const map: NullableMap = {};
  for (const name in headers) {
    const values = headers[name];
    if (values !== undefined) map[name] = { value: values.join(',') };
  }
  return map;
}

function toNullableMap(entries: [string, string][]): NullableMap {
  const map: NullableMap = {};
  for (const [name, value] of entries) map[name] = { value };
  return map;
}
