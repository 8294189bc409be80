/** Function keys that are wrong, and right ones in the wrong place: judged by the host, before it reads anything. */
import { type Outcome, row, type Row } from './row.ts';
import { type Request, write } from './wire.ts';

type Keys = { readonly key: string; readonly masterKey: string };

/** @param request of somebody who may; goes without its headers */
export function wrongKeys({ method, target }: Request, { key, masterKey }: Keys): Row[] {
  const by = (what: string, headers: (mark: string) => string[], ...outcomes: Outcome[]) =>
    row(what, (mark) => write({ method, target: `${target}?x=${mark}`, headers: headers(mark) }), ...outcomes);
  const asking = (what: string, query: (mark: string) => string, ...outcomes: Outcome[]) =>
    row(what, (mark) => write({ method, target: `${target}?${query(mark)}` }), ...outcomes);
  return [
    by('no key', () => [], '401'),
    by('an empty key', () => ['x-functions-key:'], '401'),
    by('a wrong key', (mark) => [`x-functions-key: ${mark}`], '401'),
    by('the start of the key', () => [`x-functions-key: ${key.slice(0, -1)}`], '401'),
    by('the key and more', (mark) => [`x-functions-key: ${key}${mark}`], '401'),
    by('the key twice in one', () => [`x-functions-key: ${key}, ${key}`], '401'),
    by('the key in another case', () => [`x-functions-key: ${key.toUpperCase()}`], '401'),
    by('the key as a bearer token', () => [`Authorization: Bearer ${key}`], '401'),
    by('the key as a cookie', () => [`Cookie: x-functions-key=${key}`], '401'),
    by('a key of 20 KB', (mark) => [`x-functions-key: ${mark.padEnd(20_000, 'x')}`], '401'),
    by('a key in bytes that are no text', (mark) => [`x-functions-key: \xff${mark}`], '401'),
    // The first of several counts, as in the real host.
    by('a wrong key before the right one', (mark) => [`x-functions-key: ${mark}`, `x-functions-key: ${key}`], '401'),
    by('the right key before a wrong one', (mark) => [`x-functions-key: ${key}`, `x-functions-key: ${mark}`], '200'),
    by('the master key', () => [`x-functions-key: ${masterKey}`], '200'),
    asking('a wrong code', (mark) => `code=${mark}`, '401'),
    asking('a wrong code before the right one', (mark) => `code=${mark}&code=${key}`, '401'),
    asking('the right code before a wrong one', (mark) => `code=${key}&code=${mark}`, '200'),
    asking('the code as a list', (mark) => `code[]=${key}&x=${mark}`, '401'),
    asking('the code after a semicolon', (mark) => `x=${mark};code=${key}`, '401'),
    asking('a code in bytes that are no text', (mark) => `code=%d9%a3${mark}%ff`, '401'),
    row('the right code, and a wrong key', (mark) => both(method, `${target}?code=${key}`, mark), '401'),
  ];
}

function both(method: string, target: string, mark: string): string {
  return write({ method, target, headers: [`x-functions-key: ${mark}`] });
}

/** The host's own routes, below `/admin`. */
export function adminRequests({ key, masterKey }: Keys): Row[] {
  const target = '/admin/functions/refreshTokens';
  const json = 'Content-Type: application/json';
  const post = (mark: string, headers: string[], body = '{"input":""}') =>
    write({ method: 'POST', target: `${target}?x=${mark}`, headers, body });
  const asMaster = (what: string, body: (mark: string) => string, ...outcomes: Outcome[]) =>
    row(what, (mark) => post(mark, [json, `x-functions-key: ${masterKey}`], body(mark)), ...outcomes);
  return [
    row('no key', (mark) => post(mark, [json]), '401'),
    row('a wrong key', (mark) => post(mark, [json, `x-functions-key: ${mark}`]), '401'),
    row('the function key', (mark) => post(mark, [json, `x-functions-key: ${key}`]), '403'),
    row(
      'the function key as a code',
      (mark) => write({ method: 'POST', target: `${target}?code=${key}&${mark}` }),
      '403',
    ),
    row('no JSON by its type', (mark) => post(mark, [`x-functions-key: ${masterKey}`, 'Content-Type: a/b']), '415'),
    row('no type', (mark) => post(mark, [`x-functions-key: ${masterKey}`]), '415'),
    asMaster('no JSON', (mark) => `{"input":"${mark}`, '400'),
    asMaster('no object', (mark) => `"${mark}"`, '400'),
    asMaster('a wrong input', (mark) => `{"input":{"x":"${mark}"}}`, '400'),
    asMaster('lists in lists', (mark) => `["${mark}",`.padEnd(100_000, '['), '400'),
    asMaster('bytes that are no text', (mark) => `\xff\xfe${mark}`, '400'),
    row('a function that is none', (mark) => unknownFunction(mark, [json, `x-functions-key: ${masterKey}`]), '404'),
    row(
      'another method',
      (mark) => write({ method: 'DELETE', target: `${target}?x=${mark}`, headers: [`x-functions-key: ${masterKey}`] }),
      '404',
    ),
  ];
}

function unknownFunction(mark: string, headers: string[]): string {
  return write({ method: 'POST', target: `/admin/functions/${mark}`, headers, body: '{"input":""}' });
}
