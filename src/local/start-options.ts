import { parseArgs } from 'node:util';
import { type Parsed, readArguments } from './command.ts';

export type StartOptions = {
  readonly port: number;
  readonly host: 'builtin' | 'func' | 'auto';
  readonly dataDir: string | undefined;
};

export const USAGE = `Usage: npm start -- [--port N] [--host builtin|func] [--data DIR]

Builds the app and runs it on this machine: Azurite, the Quartile simulator, and a Functions host on 127.0.0.1.

  --port N       the host's port (default 7071)
  --host NAME    builtin: the host that comes with this project; func: Azure Functions Core Tools
                 (default: func where it is installed, else builtin)
  --data DIR     start an Azurite that keeps its data in DIR, even where one runs (default: in memory, gone when it ends)
  --help         this text

Settings come from local.settings.json (made from local.settings.json.example at the first start); the environment wins.
With QUARTILE_USERNAME, QUARTILE_PASSWORD and QUARTILE_SUBSCRIPTION_KEY set, the real Quartile is used and no simulator
starts. Azurite starts where AzureWebJobsStorage is UseDevelopmentStorage=true and none runs on its usual ports yet. Ctrl-C ends all.

Other commands: npm run host -- --help, npm run simulator -- --help, npm run callers -- --help,
npm run keys -- --help, npm test -- --help, npm run bench -- --help, npm run build, npm run check.`;

/** Pure: no I/O. */
export function parseStartOptions(args: readonly string[]): Parsed<StartOptions> {
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
    const port = /^\d{1,5}$/.test(values.port) ? Number(values.port) : 0;
    if (port < 1 || port > 65_535) return { kind: 'invalid', problem: '--port takes a number from 1 to 65535.' };
    if (values.host !== 'auto' && values.host !== 'builtin' && values.host !== 'func') {
      return { kind: 'invalid', problem: '--host takes builtin or func.' };
    }
    if (values.data === '') return { kind: 'invalid', problem: '--data takes a folder.' };
    return { kind: 'run', options: { port, host: values.host, dataDir: values.data } };
  });
}
