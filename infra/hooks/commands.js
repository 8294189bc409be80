// How the hooks call `az` and `azd`. Plain JavaScript without packages: azd runs these before anything is installed.
import { spawnSync } from 'node:child_process';

/** On Windows `az` is a batch file, which only a shell starts. No argument of ours has a quote in it. */
const SHELL = process.platform === 'win32';

/**
 * Runs a command and reads what it prints.
 *
 * @param {string} command
 * @param {readonly string[]} args
 * @returns {{ ok: true, output: string } | { ok: false, why: string }} never what was passed to it: that may be a secret
 */
export function run(command, args) {
  const given = SHELL ? args.map((arg) => `"${arg}"`) : args;
  const { status, stdout, stderr, error } = spawnSync(command, given, { encoding: 'utf8', shell: SHELL });
  if (error) return { ok: false, why: `${command} cannot be started (${error.code ?? error.name})` };
  if (status === 0) return { ok: true, output: stdout };
  return { ok: false, why: `${command} ended with ${status}: ${stderr.trim().split('\n')[0] ?? ''}` };
}

/**
 * Puts a value into the azd environment that is being deployed, which need not be the default one.
 *
 * @param {string} name
 * @param {string} value
 * @throws {Error} where azd does not take it
 */
export function setAzdValue(name, value) {
  const environment = process.env.AZURE_ENV_NAME;
  const result = run('azd', ['env', 'set', name, value, ...(environment ? ['-e', environment] : [])]);
  if (!result.ok) throw new Error(`Cannot put ${name} into the azd environment: ${result.why}`);
}

/** @param {string} line */
export function say(line) {
  process.stdout.write(`${line}\n`);
}
