/**
 * Messages that are broken, contradictory, too large, or sent by a foreign web page, on any route.
 *
 * Most are judged by the HTTP server below the host: Node's here, Kestrel in Azure. Its 400, 413 and 431 have empty bodies,
 * too. A row says so if Kestrel is known to differ.
 */
import { type Outcome, row, type Row } from './row.ts';
import { type Request, write } from './wire.ts';

const CLOSE = 'Connection: close';

/** @param good the outcome of the request as it is */
export function brokenMessages(request: Request, good: Outcome): Row[] {
  return [
    ...wrongHosts(request, good),
    ...wrongHeaders(request, good),
    ...wrongFraming(request),
    ...odd(request, good),
  ];
}

function wrongHosts(request: Request, good: Outcome): Row[] {
  const hosts = (...lines: string[]) => write(request, { first: [...lines, CLOSE] });
  return [
    row('no Host', (mark) => write(request, { first: [CLOSE, `X-Mark: ${mark}`] }), '400'),
    row('two Hosts', (mark) => hosts('Host: localhost', `Host: ${mark}`), '400'),
    row('an empty Host', (mark) => hosts('Host:', `X-Mark: ${mark}`), '400'), // Kestrel: as good
    row('a Host with a path', (mark) => hosts(`Host: localhost/${mark}?`), '400'),
    row('a Host with a user', (mark) => hosts(`Host: ${mark}@localhost`), '400'),
    row('a Host with a blank', (mark) => hosts(`Host: local host ${mark}`), '400'),
    row('a Host with a port that is too high', (mark) => hosts(`Host: ${mark}:99999`), '400'),
    row('a Host in bytes that are not text', (mark) => hosts(`Host: ${mark}\xff\xfe`), '400'),
    row('a foreign Host', (mark) => hosts(`Host: ${mark}.example`), '400'), // Kestrel: as good
    row('a foreign Host that begins like ours', (mark) => hosts(`Host: localhost.${mark}.example`), '400'),
    row('another address of this machine', (mark) => hosts(`Host: 0.0.0.0`, `X-Mark: ${mark}`), '400'),
    row('a page of another site', (mark) => write(request, { more: [`Origin: https://${mark}.example`] }), '403'),
    row('a page without an origin', (mark) => write(request, { more: ['Origin: null', `X-Mark: ${mark}`] }), '403'),
    row('a cross-site fetch', (mark) => write(request, { more: ['Sec-Fetch-Site: cross-site', `X: ${mark}`] }), '403'),
    row('HTTP/1.0 without a Host', (mark) => write(request, { version: 'HTTP/1.0', first: [`X-Mark: ${mark}`] }), good),
  ];
}

function wrongHeaders(request: Request, good: Outcome): Row[] {
  const more = (...lines: string[]) => write(request, { more: lines });
  const many = (count: number, line: string) => Array.from({ length: count }, (_, index) => `X-${index}: ${line}`);
  return [
    row('a header folded over two lines', (mark) => more(`X-Mark: one\r\n ${mark}`), '400'),
    row('a header with a NUL', (mark) => more(`X-Mark: ${mark}\0`), '400'),
    row('a header with a carriage return', (mark) => more(`X-Mark: ${mark}\rX: y`), '400'),
    row('a header without a colon', (mark) => more(mark), '400'),
    row('a header without a name', (mark) => more(`: ${mark}`), '400'),
    row('a blank before the colon', (mark) => more(`X-Mark : ${mark}`), '400'),
    row('a header of 40 KB', (mark) => more(`X-Mark: ${mark.padEnd(40_000, 'x')}`), '431'),
    row('headers of 40 KB', (mark) => more(...many(100, mark.padEnd(400, 'x'))), '431'),
    row('five hundred headers', (mark) => more(...many(500, mark)), good), // Kestrel: 431 beyond a hundred
    row('a header in bytes that are not text', (mark) => more(`X-Mark: ${mark}\x80\xff`), good),
    row('headers with the names of object members', (mark) => more(`__proto__: ${mark}`, `constructor: ${mark}`), good),
    row('another method and path in headers', (mark) => more(...overrides.map((line) => line + mark)), good),
    row('a principal that the platform did not create', (mark) => more(`X-MS-CLIENT-PRINCIPAL: {${mark}`), good),
    row('odd conditions', (mark) => more(`If-None-Match: *, ${mark}`, `Range: bytes=9-0, ${mark}`), good),
    row('cookies', (mark) => more(`Cookie: ${mark}=${mark}; __proto__=${mark}`), good),
    row('an unknown expectation', (mark) => more(`Expect: ${mark}`), '417'), // Kestrel: as good
    row('an upgrade', (mark) => more(`Upgrade: ${mark}, h2c, websocket`, 'HTTP2-Settings: AAAA'), good),
  ];
}

const overrides = ['X-HTTP-Method-Override: DELETE ', 'X-Original-URL: /admin/', 'X-Rewrite-URL: /admin/'];

function wrongFraming(request: Request): Row[] {
  const { body: _body, ...bare } = request;
  const framed = (lines: string[], rest: string) => write(bare, { more: lines }) + rest;
  const chunked = 'Transfer-Encoding: chunked';
  const another = (mark: string) => write({ ...request, target: `/${mark}` });
  return [
    row('two lengths', (mark) => framed(['Content-Length: 8', 'Content-Length: 9'], mark), '400'),
    row('two lengths in one', (mark) => framed(['Content-Length: 8, 8'], mark), '400'),
    row('a negative length', (mark) => framed(['Content-Length: -1'], mark), '400'),
    row('a length with a sign', (mark) => framed(['Content-Length: +8'], mark), '400'),
    row('a length in hex', (mark) => framed(['Content-Length: 0x8'], mark), '400'),
    row('a huge length', (mark) => framed([`Content-Length: ${'9'.repeat(30)}`], mark), '400'),
    // A request hidden in another one. Kestrel follows the chunks, and reads no second request either.
    row('a length, and chunks', (mark) => framed(['Content-Length: 5', chunked], `0\r\n\r\n${another(mark)}`), '400'),
    row('chunks, encoded again', (mark) => framed(['Transfer-Encoding: chunked, identity'], `0\r\n\r\n${mark}`), '400'),
    row('an unknown encoding', (mark) => framed([`Transfer-Encoding: x${mark}`], ''), '400'),
    row('a chunk whose size is not a number', (mark) => framed([chunked], `${mark}\r\n`), '400'),
    row('a chunk with a huge size', (mark) => framed([chunked], `${'f'.repeat(17)}\r\n${mark}`), '400'),
    row('a chunk that does not end where it says', (mark) => framed([chunked], `2\r\n${mark}\r\n0\r\n\r\n`), '400'),
    { ...row('a body that never ends', (mark) => framed(['Content-Length: 99'], mark), 'nothing'), hangsUp: true },
    { ...row('chunks that never end', (mark) => framed([chunked], `ff\r\n${mark}`), 'nothing'), hangsUp: true },
  ];
}

function odd(request: Request, good: Outcome): Row[] {
  const { target } = request;
  const as = (method: string) => (mark: string) => write({ method, target, headers: [`X-Mark: ${mark}`] });
  const isHealth = target === '/api/health';
  const others = ['GET', 'POST', 'PUT', 'PATCH', 'DELETE', 'HEAD', 'OPTIONS', 'TRACE', 'PROPFIND', 'PURGE'];
  return [
    ...others
      .filter((method) => method !== request.method)
      .map((method) => row(method, as(method), isHealth && method === 'HEAD' ? '200' : '404')),
    row('the method in lower case', as(request.method.toLowerCase()), '400'), // Kestrel: 404
    row('an unknown method', (mark) => write({ ...request, method: mark.toUpperCase() }), '400'), // Kestrel: 404
    row('CONNECT', (mark) => write({ method: 'CONNECT', target: `${mark}.example:443` }), 'nothing'), // Kestrel: 404
    row('an unknown version', (mark) => write(request, { version: `HTTP/9.9`, more: [`X-Mark: ${mark}`] }), '400'),
    row('HTTP/2 without negotiation', (mark) => `PRI * HTTP/2.0\r\n\r\nSM\r\n\r\n${mark}`, '400'),
    row('TLS', (mark) => `\x16\x03\x01\x02\x00\x01\x00\x01\xfc\x03\x03${mark}`, '400'),
    row('bytes that are not a message', (mark) => `\0\x01\xff${mark}\r\n\r\n`, '400'),
    row('an unexpected body, or a second one', (mark) => withBody(request, mark), good, '400'),
  ];
}

function withBody(request: Request, mark: string): string {
  return request.body === undefined ? write({ ...request, body: mark }) : write(request) + mark;
}
