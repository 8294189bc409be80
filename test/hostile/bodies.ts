/** Bodies that a route does not accept. */
import { gzipSync } from 'node:zlib';
import { type Outcome, row, type Row } from './row.ts';
import { type Request, utf8, write } from './wire.ts';

const NOT = '400 invalid_request';

/** A body of its own for each row; JSON unless it is text. */
function withBodies(
  request: Request,
  bodies: readonly [what: string, body: (mark: string) => unknown][],
  outcome: Outcome,
) {
  return bodies.map(([what, body]) => row(what, (mark) => write({ ...request, body: textOf(body(mark)) }), outcome));
}

function textOf(body: unknown): string {
  return typeof body === 'string' ? body : utf8(JSON.stringify(body));
}

/** Not JSON, or not an object: on any route that reads one. @param valid a body that would be accepted */
export function brokenBodies(request: Request, valid: string): Row[] {
  const MEGABYTES_10 = 10_000_000;
  return [
    ...withBodies(
      request,
      [
        ['nothing', () => ''],
        ['text', (mark) => mark],
        ['JSON cut short', (mark) => `{"${mark}":${valid.slice(0, -1)}`],
        ['JSON and more', (mark) => `${valid}${mark}`],
        ['two documents', (mark) => `${valid}{"${mark}":1}`],
        ['JSON and a NUL', (mark) => `${valid}\0${mark}`],
        ['single quotes', (mark) => `${valid.replaceAll('"', "'")}${mark}`],
        ['an extra comma', (mark) => `{"${mark}":1,}`],
        ['a comment', (mark) => `/* ${mark} */${valid}`],
        ['NaN', (mark) => `{"${mark}":NaN}`],
        ['a list', (mark) => [JSON.parse(valid), mark]],
        ['a string', (mark) => JSON.stringify(mark)],
        ['null', () => null],
        ['no members', () => ({})],
        ['members in the prototype', (mark) => `{"__proto__":${valid},"x":"${mark}"}`],
        ['lists in lists', (mark) => `["${mark}",`.padEnd(100_000, '[')],
        ['objects in objects', (mark) => `{"${mark}":`.repeat(300)],
        ['a form', (mark) => `generation=0&client_id=${mark}&client_secret=${mark}`],
        ['a form in parts', (mark) => `--x\r\nContent-Disposition: form-data; name="${mark}"\r\n\r\n0\r\n--x--\r\n`],
        ['XML', (mark) => `<!DOCTYPE x [<!ENTITY e SYSTEM "file:///${mark}">]><x>&e;</x>`],
        ['bytes that are not text', (mark) => `\xff\xfe\x80${mark}`],
        ['UTF-16', (mark) => Buffer.from(`\ufeff${valid}${mark}`, 'utf16le').toString('latin1')],
        ['10 MB of bytes', (mark) => mark.padEnd(MEGABYTES_10, '\0\xff\x80')],
        ['10 MB of JSON', (mark) => `{"${mark}":"${'x'.repeat(MEGABYTES_10)}"}`],
        ['a valid body, in 10 MB of blanks', () => valid.padEnd(MEGABYTES_10)],
      ],
      NOT,
    ),
    row('gzip', () => gzipped(request, valid), NOT), // neither host decompresses it
    // The host answers before it reads. The real host has the same limit, 100 MiB.
    row('more than 100 MiB', () => write({ ...request }, { more: ['Content-Length: 104857601'] }), '413'),
    row('a huge length', () => write({ ...request }, { more: [`Content-Length: ${'9'.repeat(15)}`] }), '413'),
  ];
}

function gzipped(request: Request, valid: string): string {
  const body = gzipSync(valid).toString('latin1');
  return write({ ...request, body }, { more: ['Content-Encoding: gzip', 'Content-Type: application/json'] });
}

/** Labels around a valid body change nothing. @param valid creates another body for each row */
export function oddlyLabelled(request: Request, valid: (mark: string) => string, outcome: Outcome): Row[] {
  const labelled = (what: string, ...more: string[]) =>
    row(what, (mark) => write({ ...request, body: valid(mark) }, { more }), outcome);
  return [
    labelled('no content type'),
    labelled('the content type of a form', 'Content-Type: multipart/form-data; boundary='),
    labelled('an invalid content type', 'Content-Type: ;;;/,"'),
    labelled('two content types', 'Content-Type: text/xml', 'Content-Type: image/png'),
    labelled('an unknown charset', 'Content-Type: application/json; charset=x-none'),
    row('a byte order mark', (mark) => write({ ...request, body: `${utf8('\ufeff')}${valid(mark)}` }), outcome),
    row('unknown members', (mark) => write({ ...request, body: members(valid(mark), mark) }), outcome),
    row('chunks', (mark) => inChunks(request, valid(mark)), outcome),
  ];
}

function members(valid: string, mark: string): string {
  return `{"__proto__":{"x":"${mark}"},"constructor":"\xff","${mark}":1e999,${valid.slice(1)}`;
}

function inChunks(request: Request, valid: string): string {
  const chunks = Array.from(valid, (byte) => `1;x=y\r\n${byte}\r\n`).join('');
  return `${write(request, { more: ['Transfer-Encoding: chunked'] })}${chunks}0\r\nTrailer: x\r\n\r\n`;
}

/** Values that are not generations. */
export function wrongGenerations(request: Request): Row[] {
  const numbers = ['-1', '1.5', '"1"', '1e400', '-1e400', '2147483648', '9'.repeat(900), 'true', 'null', '[1]', '{}'];
  const others = ['1e-1', '0x1', '01', '+1', 'Infinity', '-Infinity', '1n', '1_0', '.5', '1.', '"\u0661"'];
  return withBodies(
    request,
    [...numbers, ...others].map((number) => [
      number.slice(0, 20),
      (mark) => utf8(`{"generation":${number},"x":"${mark}"}`),
    ]),
    NOT,
  );
}

/** Names and secrets of a wrong type, and unknown ones. */
export function wrongCredentials(request: Request): Row[] {
  const wrong = [7, 0, true, null, [], ['x'], {}, '', 'x'.repeat(201)];
  const unknown = [
    ['__proto__', 'constructor', "' or PartitionKey ne '", '../../callers', '..', '\\', '#?/', '%00', '\0\r\n\t'],
    ['{{7*7}}', '$(id)', '${jndi:ldap://127.0.0.1/}', '<script>', '\u202e', '\ufeff', 'ﬀ', '😀'.repeat(90)],
  ].flat();
  return [
    ...withBodies(
      request,
      wrong.flatMap((value): [string, (mark: string) => unknown][] => [
        [`the name ${JSON.stringify(value).slice(0, 20)}`, (mark) => ({ client_id: value, client_secret: mark })],
        [`the secret ${JSON.stringify(value).slice(0, 20)}`, (mark) => ({ client_id: mark, client_secret: value })],
      ]),
      NOT,
    ),
    ...withBodies(
      request,
      [
        ['no name', (mark) => ({ client_secret: mark })],
        ['no secret', (mark) => ({ client_id: mark })],
        ['other cases', (mark) => ({ Client_Id: mark, CLIENT_SECRET: mark })],
        ['other names', (mark) => ({ clientId: mark, username: mark, password: mark })],
      ],
      NOT,
    ),
    ...withBodies(
      request,
      [
        ...unknown.map((name): [string, (mark: string) => unknown] => [
          `the name ${JSON.stringify(name).slice(0, 30)}, unknown`,
          (mark) => ({ client_id: `${mark}${name}`, client_secret: `${name}${mark}` }),
        ]),
        ['half a pair of surrogates', (mark) => `{"client_id":"\\ud800${mark}","client_secret":"\\udc00"}`],
        ['bytes that are not text', (mark) => `{"client_id":"\xff${mark}","client_secret":"\xfe"}`],
        ['two names', (mark) => `{"client_id":7,"client_id":"${mark}","client_secret":"x"}`],
      ],
      '401 invalid_client',
    ),
  ];
}
