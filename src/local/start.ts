// `npm start`: the whole product on this machine, with one command.
import { parseArgs } from 'node:util';
import { fail, messageOf, type Parsed, readArguments, readPort, runCommand } from './command.ts';
import { startEverything, type StartOptions } from './start-everything.ts';

const USAGE = `Usage: npm start -- [--port N] [--host builtin|func] [--data DIR]

Builds the app and runs it on this machine: Azurite, the Quartile simulator, and a Functions host on 127.0.0.1.

  --port N       the host's port (default 7071)
  --host NAME    builtin: the host that comes with this project; func: Azure Functions Core Tools
                 (default: func if it is installed, else builtin)
  --data DIR     start an Azurite that keeps its data in DIR, even if one is running (default: in memory)
  --help         this text

Settings come from local.settings.json (copied from local.settings.json.example at the first start) and from the
environment, which wins. The simulator starts if QUARTILE_USERNAME, QUARTILE_PASSWORD and QUARTILE_SUBSCRIPTION_KEY are
empty; if they are set, the real Quartile is used. Azurite starts if AzureWebJobsStorage is UseDevelopmentStorage=true
and no Azurite is running on its usual ports. Ctrl-C stops all of it.

Other commands: npm run host -- --help, npm run simulator -- --help, npm run callers -- --help,
npm run keys -- --help, npm test -- --help, npm run bench -- --help, npm run build, npm run check.`;

await runCommand({ name: 'npm start', usage: USAGE, parse, run });

function parse(args: readonly string[]): Parsed<StartOptions> {
  return readArguments(() => {
    const { values } = parseArgs({
      args: [...args],
      options: {
        port: { type: 'string', default: '7071' },
        host: { type: 'string', default: 'auto' },
        data: { type: 'string' },
        help: { type: 'boolean', default: false },
      },
    });
    if (values.help) return { kind: 'help' };
    const port = readPort(values.port) || undefined;
    if (port === undefined) return { kind: 'invalid', problem: '--port takes a number from 1 to 65535.' };
    if (values.host !== 'auto' && values.host !== 'builtin' && values.host !== 'func') {
      return { kind: 'invalid', problem: '--host takes builtin or func.' };
    }
    if (values.data === '') return { kind: 'invalid', problem: '--data takes a folder.' };
    return { kind: 'run', options: { port, host: values.host, dataDir: values.data } };
  });
}

async function run(options: StartOptions): Promise<void> {
  // Ctrl-C reaches this process more than once, from the terminal and from npm. The first one counts.
  const stop = new AbortController();
  for (const signal of ['SIGINT', 'SIGTERM', 'SIGHUP']) process.on(signal, () => stop.abort());
  try {
    await startEverything(options, { env: process.env, signal: stop.signal });
  } catch (error) {
    fail(`\n${messageOf(error)}`);
  }
  process.exit();
}
