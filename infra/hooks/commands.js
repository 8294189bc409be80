// How the scripts in infra call `az` and `azd`. Plain JavaScript without packages: azd runs the hooks before `npm ci`.
import { spawnSync } from 'node:child_process';

/** On Windows `az` is a batch file, which needs a shell. None of our arguments contains a quotation mark. */
const SHELL = process.platform === 'win32';

const MAX_OUTPUT_BYTES = 256 * 1024 * 1024;

/**
 * Runs a command and returns what it printed.
 *
 * @param {string} command
 * @param {readonly string[]} args
 * @param {string} [input] for its standard input: the only way to pass a secret, since other users can read arguments
 * @returns {{ ok: true, output: string } | { ok: false, why: string }} `why` never contains the arguments or the input
 */
export function run(command, args, input = '') {
  const given = SHELL ? args.map((arg) => `"${arg}"`) : args;
  const options = { encoding: 'utf8', input, maxBuffer: MAX_OUTPUT_BYTES, shell: SHELL };
  const { status, stdout, stderr, error } = spawnSync(command, given, options);
  if (error) return { ok: false, why: `${command} failed to run (${error.code ?? error.name})` };
  if (status === 0) return { ok: true, output: stdout };
  return { ok: false, why: `${command} exited with ${status}: ${stderr.trim().split('\n')[0]?.replace(/\.$/, '')}` };
}

/**
 * Runs `az` and parses the JSON that it prints.
 *
 * @param {readonly string[]} args
 * @returns {{ ok: true, value: unknown } | { ok: false, why: string }}
 */
export function askAz(args) {
  const result = run('az', [...args, '--only-show-errors', '--output', 'json']);
  if (!result.ok) return result;
  try {
    return { ok: true, value: JSON.parse(result.output.replace(/^\uFEFF/, '')) };
  } catch {
    return { ok: false, why: 'az printed something that is not JSON' };
  }
}

/**
 * Runs `az` for its effect.
 *
 * @param {readonly string[]} args
 * @param {string} [input]
 * @throws {Error} if it fails
 */
export function callAz(args, input) {
  const result = run('az', [...args, '--only-show-errors', '--output', 'none'], input);
  if (!result.ok) throw new Error(result.why);
}

/**
 * A value of the deployment: from the environment, which azd sets for its hooks, or from the azd environment.
 *
 * @param {string} name
 * @throws {Error} if neither has it
 */
export function valueOf(name) {
  const given = process.env[name];
  if (given) return given;
  const result = run('azd', ['env', 'get-value', name]);
  if (!result.ok) throw new Error(`${result.why}. Set ${name}, or run this in the azd project.`);
  return result.output.trim();
}

/**
 * Sets a value in the azd environment that is being deployed, which may not be the default one. Not for secrets.
 *
 * @param {string} name
 * @param {string} value
 * @throws {Error} if azd refuses it
 */
export function setAzdValue(name, value) {
  const environment = process.env.AZURE_ENV_NAME;
  const result = run('azd', ['env', 'set', name, value, ...(environment ? ['-e', environment] : [])]);
  if (!result.ok) throw new Error(`Cannot set ${name} in the azd environment: ${result.why}`);
}

/** @param {string} line */
export function say(line) {
  process.stdout.write(`${line}\n`);
}

/**
 * Runs a script and reports an error as one line, without a stack trace.
 *
 * @param {() => unknown} script
 */
export async function runScript(script) {
  try {
    await script();
  } catch (error) {
    process.stderr.write(`${error instanceof Error ? error.message : String(error)}\n`);
    process.exitCode = 1;
  }
}
