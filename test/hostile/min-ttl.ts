/** Queries with an invalid `min_ttl`, and with parameters that are not ours. */
import { row, type Row } from './row.ts';
import { type Request, utf8, write } from './wire.ts';

/** Values that are not whole seconds from 0 to the margin of an hour. */
const WRONG = [
  ['', '-1', '-0', '+5', '%2B5', '%205', '5%20', '5%0a', '%005', '5%00', '5.0', '5,0', '5e0', '1e3', '1e9', '0x10'],
  ['NaN', 'Infinity', '-Infinity', 'null', 'undefined', 'true', '[]', '[5]', '{}', '%225%22', '5;6', '5s', '5_0'],
  ['3601', '999999', '1000000', '4294967296', '9007199254740993', '9'.repeat(400), '0'.repeat(400)],
  ['%D9%A3', '%EF%BC%95', '%C2%B2', '%ff', '%', '%zz'], // digits of other alphabets, and bytes that are not text
].flat();

/** Queries that contain it twice. */
const TWICE = [
  'min_ttl=5&min_ttl=6',
  'min_ttl=5&min_ttl=5',
  'min_ttl=5&min_ttl=',
  'min_ttl=-1&min_ttl=5',
  'min_ttl=5&min%5Fttl=6',
  'min_ttl&min_ttl=5',
];

/** Other names: unknown parameters are ignored. */
const OTHERS = ['min_ttl%5B%5D=-1', 'min_ttl[]=-1', 'min_ttl[0]=-1', 'MIN_TTL=-1', 'min-ttl=-1', '+min_ttl=-1'];
const MORE = ['min_ttl%00=-1', 'min_ttl.x=-1', 'x=1;min_ttl=-1', 'x=%26min_ttl=-1'];

/** @param request an authorized `GET /api/token` */
export function wrongMinTtls(request: Request): Row[] {
  const asking = (query: string, outcome: '200' | '400 invalid_request') =>
    row(query.slice(0, 40), (mark) => write({ ...request, target: `/api/token?${query}&x=${mark}` }), outcome);
  return [
    ...WRONG.map((value) => asking(`min_ttl=${value}`, '400 invalid_request')),
    ...TWICE.map((query) => asking(query, '400 invalid_request')),
    ...[...OTHERS, ...MORE].map((query) => asking(query, '200')),
    // Refused below our code: a target is ASCII (RFC 3986 §2).
    row('a digit of another alphabet, as it is', (mark) => asIs(request, '\u0663', mark), '400'),
    row('a mark', (mark) => write({ ...request, target: `/api/token?min_ttl=${mark}` }), '400 invalid_request'),
  ];
}

function asIs(request: Request, value: string, mark: string): string {
  return write({ ...request, target: utf8(`/api/token?min_ttl=${value}&x=${mark}`) });
}
