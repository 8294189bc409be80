// `npm run host`: the built app in a local stand-in for `func start`, for machines without Azure Functions Core Tools.
import { parseArgs } from 'node:util';
import { fail, type Parsed, readArguments, readPort, runCommand } from '../command.ts';
import { StartError } from './load-app.ts';
import { captureConsole, createLog, describeError } from './log.ts';
import { type HostOptions, startHost } from './start-host.ts';

const USAGE = `Usage: npm run host -- [--port N] [--enable-auth [--function-key K] [--master-key K]]

Runs the built app (\`npm run build\`) in a small built-in stand-in for \`func start\`, on 127.0.0.1.
Settings come from the environment only.

  --port N           port to listen on (default 7071; 0: any free one)
  --enable-auth      check function keys; without it nothing is checked, as with \`func start\`
  --function-key K   key for functions of level "function" (default: created at start and printed)
  --master-key K     key for everything, /admin included (default: created at start and printed)
  --help             this text

Other users of this machine can see a command line. The keys are therefore also read from the environment, from
HOST_FUNCTION_KEY and HOST_MASTER_KEY; the options win.`;

const log = createLog({ write: (text) => process.stdout.write(text), nowMs: Date.now });

await runCommand({ name: 'npm run host', usage: USAGE, parse, run });

function parse(args: readonly string[]): Parsed<HostOptions> {
  return readArguments(() => {
    const { values } = parseArgs({
      args: [...args],
      options: {
        port: { type: 'string', default: '7071' },
        'enable-auth': { type: 'boolean', default: false },
        'function-key': { type: 'string' },
        'master-key': { type: 'string' },
        help: { type: 'boolean', default: false },
      },
    });
    if (values.help) return { kind: 'help' };
    const port = readPort(values.port);
    const functionKey = values['function-key'] ?? (process.env.HOST_FUNCTION_KEY || undefined);
    const masterKey = values['master-key'] ?? (process.env.HOST_MASTER_KEY || undefined);
    if (port === undefined) return { kind: 'invalid', problem: '--port takes a number from 0 to 65535.' };
    if (functionKey === '' || masterKey === '') return { kind: 'invalid', problem: 'A key must not be empty.' };
    return { kind: 'run', options: { port, enableAuth: values['enable-auth'], functionKey, masterKey } };
  });
}

async function run(options: HostOptions): Promise<void> {
  // In Azure, too, an error that is not handled ends the worker process.
  process.on('uncaughtException', (error, origin) => {
    const what = origin === 'unhandledRejection' ? 'An unhandled rejection' : 'An uncaught exception';
    log.write('ERROR', 'host', `${what} ends the process, as it does in Azure: ${describeError(error)}`);
    process.exit(1);
  });
  captureConsole(log);
  try {
    const host = await startHost({ dir: process.cwd(), env: process.env, options, log });
    for (const signal of ['SIGINT', 'SIGTERM', 'SIGHUP'] as const) process.on(signal, host.stop);
    process.stdout.on('error', host.stop); // the reader has gone
    if (process.send !== undefined) {
      process.on('disconnect', host.stop); // the parent has gone
      process.send(host.ready);
    }
  } catch (error) {
    fail(error instanceof StartError ? error.message : describeError(error));
    process.exit();
  }
}
