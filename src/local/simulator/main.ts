// `npm run simulator`: the simulator as a process of its own.
import { type Command, parseCommandLine } from './command-line.ts';
import { helpText, renderRequest, renderWelcome } from './console-texts.ts';
import { startSimulator } from './simulator.ts';

const command = parseCommandLine(process.argv.slice(2));
switch (command.kind) {
  case 'help':
    process.stdout.write(helpText);
    break;
  case 'invalid':
    fail(command.message);
    break;
  case 'run':
    await run(command);
    break;
}

async function run({ port, settings }: Extract<Command, { kind: 'run' }>): Promise<void> {
  try {
    const simulator = await startSimulator({
      port,
      ...settings,
      onRequest: (entry) => process.stdout.write(renderRequest(entry)),
    });
    // The process ends by itself, with 0, once nothing is open. Ctrl-C may come twice: from the terminal and from npm.
    for (const signal of ['SIGINT', 'SIGTERM']) process.on(signal, () => void simulator.close());
    const { url, baseUrl } = simulator;
    process.stdout.write(renderWelcome(baseUrl, settings));
    process.send?.({ ready: true, url, baseUrl });
  } catch (error) {
    fail(explainStartFailure(error, port));
  }
}

function explainStartFailure(error: unknown, port: number): string {
  const code = error instanceof Error && 'code' in error ? error.code : undefined;
  if (code === 'EADDRINUSE') return `Port ${port} is taken: choose another one with \`npm run simulator -- --port N\`.`;
  if (code === 'EACCES') return `Port ${port} may not be used: choose one above 1023 with \`-- --port N\`.`;
  return `The simulator cannot start: ${error instanceof Error ? error.message : 'unknown error'}`;
}

function fail(message: string): void {
  process.stderr.write(`${message}\n`);
  process.exitCode = 1;
}
