/**
 * Paths that are not what they seem. The built-in host resolves dot segments and decodes everything but `%2F`, as the real
 * host does. A row says so if Kestrel is known to differ.
 */
import { type Outcome, row, type Row } from './row.ts';
import { type Request, write } from './wire.ts';

/**
 * @param request an authorized `GET /api/token`
 * @param admin the outcome of the same request on the host's own routes
 */
export function trickyPaths(request: Request, admin: Outcome): Row[] {
  const to = (what: string, target: (mark: string) => string, ...outcomes: Outcome[]) =>
    row(what, (mark) => write({ ...request, target: target(mark) }), ...outcomes);
  const marked = (path: string) => (mark: string) => `${path}?x=${mark}`;
  return [
    ...['/api/token/', '/API/TOKEN', '/api/%74oken', '/api/./token', '/api/x/../token', '/x/%2e%2E/api/token'].map(
      (path) => to(path, marked(path), '200'),
    ),
    ...unknownPaths.map((path) => to(path, marked(path), '404')),
    ...adminPaths.map((path) => to(path, marked(path), admin)),
    to('a path below a route', (mark) => `/api/token/${mark}`, '404'),
    to('a parameter of a path', (mark) => `/api/token;code=${mark}`, '404'),
    to('a NUL', (mark) => `/api/token%00${mark}`, '404'), // Kestrel: 400
    to('line ends', (mark) => `/api/token%0d%0aX-Mark:%20${mark}`, '404'),
    to('line ends in a query', (mark) => `/api/token?x=%0d%0aX-Mark:%20${mark}`, '200'),
    to('bytes that are not text', (mark) => `/api/token\x80\xff${mark}`, '400'),
    to('encoded bytes that are not text', (mark) => `/api/token%80%ff${mark}`, '404'),
    to('a fragment', (mark) => `/api/token#${mark}`, '404'),
    to('20 KB', (mark) => `/api/${mark.padEnd(20_000, 'x')}`, '404'), // Kestrel: 414 beyond 8 KB
    to('40 KB', (mark) => `/api/${mark.padEnd(40_000, 'x')}`, '431'), // Kestrel: 414
    to('a query of 20 KB', (mark) => `/api/token?x=${mark.padEnd(20_000, 'x')}`, '200'), // Kestrel: 414
    to('a thousand parameters', (mark) => `/api/token?${`${mark}=1&`.repeat(1000)}`, '200'),
    to('a query that cannot be decoded', (mark) => `/api/token?%=%zz&%ff=${mark}&&==&?`, '200'),
    to('parameters with the names of object members', (mark) => `/api/token?__proto__=${mark}&constructor=1`, '200'),
    to('the absolute form', (mark) => `http://localhost/api/token?x=${mark}`, '404'), // Kestrel: 200
    to('the absolute form of another host', (mark) => `http://${mark}.example/api/token`, '404'), // Kestrel: 400
    to('the absolute form with a user', (mark) => `http://${mark}:${mark}@localhost/api/token`, '404', '400'),
    to('the absolute form without a path', (mark) => `http://localhost?x=${mark}`, '404'),
    to('the form of a proxy for another scheme', (mark) => `ftp://localhost/${mark}`, '404', '400'),
    to('no slash', (mark) => `api/token?x=${mark}`, '404', '400'),
    to('an asterisk', () => '*', '404', '400'),
    to('nothing', () => '', '400'),
    to('a blank', (mark) => `/api/token ${mark}`, '400'),
  ];
}

const unknownPaths = [
  '/api',
  '/api/',
  '/token',
  '/api//token',
  '//api/token',
  '/api/token//',
  '/api/token.json',
  '/api/token%20',
  '/api/token%2f',
  '/api%2ftoken',
  '/api/%2574oken',
  '/api/%zzoken',
  '/api/token/../admin',
  '/api/token\\..\\health',
  '/api/%252e%252e/admin/host/status',
  '/admin%2fhost%2fstatus',
  '//admin/host/status',
  '/../etc/passwd',
  '/.env',
  '/local.settings.json',
  '/runtime/webhooks/durabletask',
  '/api/unknown',
];

/** All of them lead to the host's own routes, and none passes the check of their key. */
const adminPaths = [
  '/admin',
  '/ADMIN/host/status',
  '/admin/host/keys',
  '/admin/functions/getToken',
  '/%61dmin/functions',
  '/api/%2e%2e/admin',
  '/api/../admin/host/status',
  '/api/token/%2e%2e/%2e%2e/admin/host/status',
  '/./admin/vfs/',
];
