// `npm start`: the whole product on this machine, with one command.
import { withoutLocalProxy } from './no-proxy.ts';
import { parseStartOptions, USAGE } from './start-options.ts';
import { StartProblem, startEverything } from './start-everything.ts';

const parsed = parseStartOptions(process.argv.slice(2));
switch (parsed.kind) {
  case 'help':
    process.stdout.write(`${USAGE}\n`);
    break;
  case 'invalid':
    process.stderr.write(`${parsed.problem.replace(/\.?$/, '.')} See \`npm start -- --help\`.\n`);
    process.exitCode = 1;
    break;
  case 'run': {
    // Ctrl-C reaches this process more than once, from the terminal and from npm: the first one counts.
    const stop = new AbortController();
    for (const signal of ['SIGINT', 'SIGTERM', 'SIGHUP']) process.on(signal, () => stop.abort());
    try {
      await startEverything(parsed.options, { env: withoutLocalProxy(process.env), signal: stop.signal });
    } catch (error) {
      process.stderr.write(`\n${error instanceof StartProblem ? error.message : String(error)}\n`);
      process.exitCode = 1;
    }
    process.exit();
  }
}
