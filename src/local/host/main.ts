// `npm run host`: the built app in a local stand-in for `func start`, for machines without Azure Functions Core Tools.
import { fail, runCommand } from '../command.ts';
import { captureConsole, createLog, describeError } from './log.ts';
import { StartError } from './load-app.ts';
import { type HostOptions, parseOptions, USAGE } from './options.ts';
import { startHost } from './start-host.ts';

const log = createLog({ write: (text) => process.stdout.write(text), nowMs: Date.now });
const exit = (code: number) => {
  log.flush();
  process.exit(code);
};

await runCommand({ name: 'npm run host', usage: USAGE, parse: parseOptions, run });

async function run(options: HostOptions): Promise<void> {
  // An error that nobody handles ends the worker process in Azure, whatever the app thinks of it.
  process.on('uncaughtException', (error, origin) => {
    const what = origin === 'unhandledRejection' ? 'An unhandled rejection' : 'An uncaught exception';
    log.write('ERROR', 'host', `${what} ends the process, as it does in Azure: ${describeError(error)}`);
    exit(1);
  });
  captureConsole(log);
  try {
    const host = await startHost({ dir: process.cwd(), env: process.env, options, log, exit });
    for (const signal of ['SIGINT', 'SIGTERM', 'SIGHUP'] as const) process.on(signal, host.stop);
    process.stdout.on('error', host.stop); // nobody reads any more
    if (process.send !== undefined) {
      process.on('disconnect', host.stop); // whoever started us over IPC has gone
      log.flush();
      process.send(host.ready);
    }
  } catch (error) {
    log.flush();
    fail(error instanceof StartError ? error.message : describeError(error));
    process.exit();
  }
}
