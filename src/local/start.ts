// `npm start`: the whole product on this machine, with one command.
import { fail, messageOf, runCommand } from './command.ts';
import { withoutLocalProxy } from './no-proxy.ts';
import { startEverything } from './start-everything.ts';
import { parseStartOptions, type StartOptions, USAGE } from './start-options.ts';

await runCommand({ name: 'npm start', usage: USAGE, parse: parseStartOptions, run });

async function run(options: StartOptions): Promise<void> {
  // Ctrl-C reaches this process more than once, from the terminal and from npm: the first one counts.
  const stop = new AbortController();
  for (const signal of ['SIGINT', 'SIGTERM', 'SIGHUP']) process.on(signal, () => stop.abort());
  try {
    await startEverything(options, { env: withoutLocalProxy(process.env), signal: stop.signal });
  } catch (error) {
    fail(`\n${messageOf(error)}`);
  }
  process.exit();
}
