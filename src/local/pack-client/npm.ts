/** Runs the npm that started us, or the one on the PATH. */
import type { SpawnOptions } from 'node:child_process';
import { once } from 'node:events';
import { type OwnedProcess, startProcess } from '../child-process.ts';

/**
 * Runs npm without a word to any registry.
 *
 * @returns what it wrote to its standard output
 * @throws when there is no npm, or it fails; what it had to say went to standard error
 */
export async function runNpm(args: readonly string[], cwd: string, env = process.env): Promise<string> {
  const npm = await startNpm([...args, '--offline', '--no-update-notifier'], cwd, env);
  const { stdout } = npm.process;
  let output = '';
  stdout?.on('data', (chunk) => (output += String(chunk)));
  const read = stdout ? once(stdout, 'close') : undefined;
  const code = await npm.exited;
  await read;
  if (code !== 0) throw new Error(`npm ${args[0]} failed`);
  return output;
}

function startNpm(args: readonly string[], cwd: string, env: NodeJS.ProcessEnv): Promise<OwnedProcess> {
  const options: SpawnOptions = { cwd, env, stdio: ['ignore', 'pipe', 'inherit'] };
  const script = env.npm_execpath;
  if (script?.endsWith('.js')) return startProcess(process.execPath, [script, ...args], options);
  return startProcess('npm', args, { ...options, shell: process.platform === 'win32' }); // there it is npm.cmd
}
