// The command line of the host. Pure.
import { parseArgs } from 'node:util';
import { type Parsed, readArguments } from '../command.ts';

export interface HostOptions {
  /** 0 takes any free port. */
  port: number;
  enableAuth: boolean;
  functionKey: string | undefined;
  masterKey: string | undefined;
}

export const USAGE = `Usage: npm run host -- [--port N] [--enable-auth [--function-key K] [--master-key K]]

Runs the built app (\`npm run build\`) in a small built-in stand-in for \`func start\`, on 127.0.0.1.
Settings come from the environment only.

  --port N           port to listen on (default 7071; 0 takes a free one)
  --enable-auth      check function keys; without it everybody is let in, as \`func start\` does
  --function-key K   key for functions of level "function" (default: made at start and printed)
  --master-key K     key for everything, /admin included (default: made at start and printed)
  --help             this text`;

export function parseOptions(args: readonly string[]): Parsed<HostOptions> {
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
    const port = /^\d{1,5}$/.test(values.port) ? Number(values.port) : Number.NaN;
    if (!(port <= 65_535)) return { kind: 'invalid', problem: '--port takes a number from 0 to 65535.' };
    const functionKey = values['function-key'];
    const masterKey = values['master-key'];
    if (functionKey === '' || masterKey === '') return { kind: 'invalid', problem: 'A key must not be empty.' };
    return { kind: 'run', options: { port, enableAuth: values['enable-auth'], functionKey, masterKey } };
  });
}
