/** `Authorization` headers that contain no bearer token, or more than one. */
import { type Outcome, row, type Row } from './row.ts';
import { type Request, write } from './wire.ts';

/** @param token creates a valid one */
export function wrongAuthorization(request: Request, token: () => string): Row[] {
  const by = (what: string, headers: (mark: string) => string[], ...outcomes: Outcome[]) =>
    row(what, (mark) => write({ ...request, headers: [...headers(mark), `X-Mark: ${mark}`] }), ...outcomes);
  const asking = (what: string, value: (mark: string) => string, ...outcomes: Outcome[]) =>
    by(what, (mark) => [`Authorization: ${value(mark)}`], ...outcomes);
  const [none, unreadable] = ['401 authentication_required', '401 invalid_token'] as const;
  return [
    by('none', () => [], none),
    asking('nothing in it', () => '', none),
    asking('another scheme', (mark) => `Basic ${btoa(`${mark}:${mark}`)}`, none),
    asking('no scheme', () => token(), none),
    asking('a scheme that begins alike', () => `BearerX ${token()}`, none),
    asking('a scheme and a colon', () => `Bearer: ${token()}`, none),
    asking('a scheme alone', () => 'Bearer', unreadable),
    asking('a mark', (mark) => `Bearer ${mark}`, unreadable),
    asking('two in one', () => `Bearer ${token()}, Bearer ${token()}`, unreadable),
    asking('a tab after the scheme', () => `Bearer\t${token()}`, unreadable),
    asking('parameters', () => `Bearer token="${token()}"`, unreadable),
    asking('bytes that are not text', (mark) => `Bearer \xa0${mark}`, unreadable),
    asking('blanks around it', () => ` \t bearer   ${token()} \t `, '200'),
    // To choose one would be a guess, so none counts (RFC 9110 §5.3 has no list of credentials).
    by('two, the first one right', (mark) => twice(token(), mark), unreadable),
    by('two, the second one right', (mark) => twice(mark, token()), unreadable),
    by('the same twice', () => twice(token(), token()), unreadable),
    by('the token as a cookie', () => [`Cookie: access_token=${token()}; Authorization=Bearer ${token()}`], none),
    by('the token under another name', () => [`Proxy-Authorization: Bearer ${token()}`, `X-Token: ${token()}`], none),
    row('the token in the query', () => inQuery(request, token()), none),
  ];
}

function twice(one: string, other: string): string[] {
  return [`Authorization: Bearer ${one}`, `Authorization: Bearer ${other}`];
}

function inQuery(request: Request, token: string): string {
  return write({ ...request, headers: [], target: `${request.target}?access_token=${token}` });
}
