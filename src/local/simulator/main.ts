// `npm run simulator`: the simulator as a process of its own.
import { parseArgs } from 'node:util';
import { fail, messageOf, type Parsed, readArguments, readPort, runCommand, say } from '../command.ts';
import { renderRequest, startSimulator } from './simulator.ts';
import { localCredentials, type Settings, settingsSchema, spellings } from './state.ts';

const CONTROL_ROUTES = `Control routes (JSON):
  GET    /simulator/stats     {logins, refreshes, requests, refused, faults, held}
  POST   /simulator/faults    {"on": "login"|"refresh"|"any", "times": 1 (null: until cleared), "fault": FAULT}
  DELETE /simulator/faults    drops all rules
  POST   /simulator/release   lets held answers go
  POST   /simulator/reset     forgets tokens, counters and faults
  PATCH  /simulator/settings  {accessLifeSeconds, refreshLifeSeconds, spelling, username, password, subscriptionKey}
  POST   /simulator/revoke    {"what": "access"|"refresh"|"all"}
  GET    /simulator/live      with Authorization: Bearer TOKEN → 200 {"live": true, "expiresIn": S} or 401
`;

const USAGE = `Usage: npm run simulator -- [OPTIONS]

A strict simulator of Quartile's authorization API.

  --port N                 port on 127.0.0.1; 0: any free one (default 8090)
  --username NAME          what a login must send (default ${localCredentials.username})
  --password PASSWORD      likewise (default ${localCredentials.password})
  --subscription-key KEY   likewise, in every request (default ${localCredentials.subscriptionKey})
  --access-life SECONDS    life of access tokens (default 43200, 12 hours)
  --refresh-life SECONDS   life of refresh tokens (default 1209600, 14 days)
  --spelling SPELLING      camelCase or snake_case fields in token sets (default camelCase)
  -h, --help               this text

Routes: POST /auth/v2/login, POST /auth/v2/refresh

${CONTROL_ROUTES}
FAULT is one of:
  {"kind": "status", "status": 503, "headers": {"Retry-After": "5"}, "body": TEXT or OBJECT}  not processed
  {"kind": "delay", "ms": 500}                 processed after the delay
  {"kind": "hang", "processed": true|false}    never answered
  {"kind": "hold", "processed": true|false}    not answered before /simulator/release
  {"kind": "disconnect", "processed": true|false}
  {"kind": "partial"}                          processed; the connection breaks after half of the body
  {"kind": "body", "body": TEXT, "contentType": TYPE, "status": 201}  processed, answered with this
  {"kind": "token-set", "patch": OBJECT}       processed; JSON Merge Patch of the token set, null deletes a field`;

type Options = { readonly port: number; readonly settings: Settings };

/** What an option takes, by the setting that it sets. */
const EXPECTED: Record<string, string> = {
  username: '--username takes a text that is not empty',
  password: '--password takes a text that is not empty',
  subscriptionKey: '--subscription-key takes a text that is not empty',
  accessLifeSeconds: '--access-life takes a whole number of seconds from 1 to 3153600000',
  refreshLifeSeconds: '--refresh-life takes a whole number of seconds from 1 to 3153600000',
  spelling: `--spelling takes ${spellings.join(' or ')}`,
};

await runCommand({ name: 'npm run simulator', usage: USAGE, parse, run });

function parse(args: readonly string[]): Parsed<Options> {
  return readArguments(() => {
    const { values, positionals } = parseArgs({
      args: [...args],
      options: {
        port: { type: 'string', default: '8090' },
        username: { type: 'string', default: localCredentials.username },
        password: { type: 'string', default: localCredentials.password },
        'subscription-key': { type: 'string', default: localCredentials.subscriptionKey },
        'access-life': { type: 'string', default: '43200' },
        'refresh-life': { type: 'string', default: '1209600' },
        spelling: { type: 'string' },
        help: { type: 'boolean', short: 'h' },
      },
      allowPositionals: true,
    });
    if (values.help) return { kind: 'help' };
    // Node's own message would repeat it, and it may be a password.
    if (positionals.length > 0) return { kind: 'invalid', problem: 'All arguments must be options' };
    const port = readPort(values.port);
    if (port === undefined) return { kind: 'invalid', problem: '--port takes a number from 0 to 65535' };
    const settings = settingsSchema.safeParse({
      username: values.username,
      password: values.password,
      subscriptionKey: values['subscription-key'],
      accessLifeSeconds: Number(values['access-life']),
      refreshLifeSeconds: Number(values['refresh-life']),
      spelling: values.spelling,
    });
    if (settings.success) return { kind: 'run', options: { port, settings: settings.data } };
    return { kind: 'invalid', problem: EXPECTED[String(settings.error.issues[0]?.path[0])] ?? 'An option is wrong' };
  });
}

async function run({ port, settings }: Options): Promise<void> {
  try {
    const simulator = await startSimulator({
      port,
      ...settings,
      onRequest: (entry) => process.stdout.write(renderRequest(entry)),
    });
    // The process ends by itself when nothing is open. Ctrl-C may come twice: from the terminal and from npm.
    for (const signal of ['SIGINT', 'SIGTERM']) process.on(signal, () => void simulator.close());
    const { url, baseUrl } = simulator;
    say(renderWelcome(baseUrl, settings));
    process.send?.({ ready: true, url, baseUrl });
  } catch (error) {
    fail(explainStartFailure(error, port));
  }
}

function renderWelcome(baseUrl: string, { username, password, subscriptionKey }: Settings): string {
  return `Quartile simulator: ${baseUrl}

Settings for the app:
  QUARTILE_BASE_URL=${baseUrl}
  QUARTILE_SUBSCRIPTION_KEY=${hideIfGiven(subscriptionKey, localCredentials.subscriptionKey)}
  QUARTILE_USERNAME=${username}
  QUARTILE_PASSWORD=${hideIfGiven(password, localCredentials.password)}

${CONTROL_ROUTES}
Ctrl-C stops it. Requests:`;
}

/** A password or key from the command line is not repeated. */
function hideIfGiven(value: string, local: string): string {
  return value === local ? value : '(as given)';
}

function explainStartFailure(error: unknown, port: number): string {
  const code = error instanceof Error && 'code' in error ? error.code : undefined;
  if (code === 'EADDRINUSE') return `Port ${port} is taken: choose another one with \`npm run simulator -- --port N\`.`;
  if (code === 'EACCES') return `Port ${port} may not be used: choose one above 1023 with \`-- --port N\`.`;
  return `The simulator cannot start: ${messageOf(error)}`;
}
