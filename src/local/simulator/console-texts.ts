import { localCredentials } from './command-line.ts';
import type { RequestLogEntry } from './serving.ts';
import type { Settings } from './settings.ts';

const controlRoutesText = `Control routes (JSON):
  GET    /simulator/stats     {logins, refreshes, requests, refused, faults, held}
  POST   /simulator/faults    {"on": "login"|"refresh"|"any", "times": 1 (null: until cleared), "fault": FAULT}
  DELETE /simulator/faults    drops all rules
  POST   /simulator/release   lets held answers go
  POST   /simulator/reset     forgets sessions, counters and faults
  PATCH  /simulator/settings  {accessLifeSeconds, refreshLifeSeconds, spelling, username, password, subscriptionKey}
  POST   /simulator/revoke    {"what": "access"|"refresh"|"all"}
  GET    /simulator/live      with Authorization: Bearer TOKEN → 200 {"live": true, "expiresIn": S} or 401
`;

export const helpText = `A strict simulator of Quartile's authorization API.

Usage: npm run simulator -- [OPTIONS]

Options:
  --port N                 port on 127.0.0.1; 0 takes any free one (default 8090)
  --username NAME          what a login must send (default ${localCredentials.username})
  --password PASSWORD      likewise (default ${localCredentials.password})
  --subscription-key KEY   likewise, in every request (default ${localCredentials.subscriptionKey})
  --access-life SECONDS    life of access tokens (default 43200, 12 hours)
  --refresh-life SECONDS   life of refresh tokens (default 1209600, 14 days)
  --spelling SPELLING      camelCase or snake_case fields in token sets (default camelCase)
  -h, --help               this text

Routes: POST /auth/v2/login, POST /auth/v2/refresh

${controlRoutesText}
FAULT is one of:
  {"kind": "status", "status": 503, "headers": {"Retry-After": "5"}, "body": TEXT or OBJECT}  not processed
  {"kind": "delay", "ms": 500}                 processed after the delay
  {"kind": "hang", "processed": true|false}    never answered
  {"kind": "hold", "processed": true|false}    not answered before /simulator/release
  {"kind": "disconnect", "processed": true|false}
  {"kind": "partial"}                          processed; the connection breaks after half of the body
  {"kind": "body", "body": TEXT, "contentType": TYPE, "status": 201}  processed, answered with this
  {"kind": "token-set", "patch": OBJECT}       processed; JSON Merge Patch of the token set, null deletes a field
`;

/** What to know once the simulator listens. A password or key that the user chose is not repeated. */
export function renderWelcome(baseUrl: string, settings: Settings): string {
  const { username, password, subscriptionKey } = settings;
  return `Quartile simulator: ${baseUrl}

Settings for the app:
  QUARTILE_BASE_URL=${baseUrl}
  QUARTILE_SUBSCRIPTION_KEY=${showIfLocal(subscriptionKey, localCredentials.subscriptionKey)}
  QUARTILE_USERNAME=${username}
  QUARTILE_PASSWORD=${showIfLocal(password, localCredentials.password)}

${controlRoutesText}
Ctrl-C stops it. Requests:
`;
}

export function renderRequest({ atMs, method, path, status, reason }: RequestLogEntry): string {
  return `${new Date(atMs).toISOString()} ${method} ${path} ${status ?? '-'} ${reason}\n`;
}

function showIfLocal(value: string, local: string): string {
  return value === local ? value : '(as given)';
}
