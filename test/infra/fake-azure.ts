/** The scripts of `infra`, run as azd runs them, with programs on the path that stand in for `az` and `azd`. */
import { spawnSync } from 'node:child_process';
import { chmodSync, existsSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import os from 'node:os';
import path from 'node:path';
import { fileURLToPath } from 'node:url';
import * as z from 'zod';

const project = fileURLToPath(new URL('../../', import.meta.url));

/**
 * What `az` does when its arguments contain `when`; the first match counts. With several texts to print, each call prints the
 * next one, and the last one repeats. Calls without a match print `[]`.
 */
export type Answer = { readonly when: string; readonly print?: string | readonly string[]; readonly fails?: string };

/** `azd env get-value NAME` prints "the NAME". */
const FAKE = `const fs = require('node:fs');
const [dir, name, ...args] = process.argv.slice(2);
const line = args.join(' ');
const input = args.includes('@-') ? fs.readFileSync(0, 'utf8') : '';
fs.appendFileSync(dir + '/calls', JSON.stringify({ name, args, input }) + '\\n');
if (name === 'azd' && args[1] === 'get-value') console.log('the ' + args[2]);
const answers = JSON.parse(fs.readFileSync(dir + '/answers', 'utf8'));
const index = answers.findIndex(({ when }) => (name + ' ' + line).includes(when));
const { print, fails } = answers[index] ?? (name === 'az' ? { print: '[]' } : {});
if (fails) { process.stderr.write(fails + '\\nmore\\n'); process.exit(1); }
const counter = dir + '/count-' + index;
const count = fs.existsSync(counter) ? Number(fs.readFileSync(counter, 'utf8')) : 0;
fs.writeFileSync(counter, String(count + 1));
const texts = [print ?? ''].flat();
process.stdout.write(texts[Math.min(count, texts.length - 1)]);`;

const call = z.object({ name: z.string(), args: z.array(z.string()), input: z.string() });

export type ScriptRun = {
  readonly status: number | null;
  readonly stdout: string;
  readonly stderr: string;
  /** The calls of `az` and `azd`, a line for each, without the flags that are the same everywhere. */
  readonly calls: readonly string[];
  /** The values set in the azd environment "keeper". */
  readonly values: Readonly<Record<string, string>>;
  /** The standard inputs of the calls, those that are not empty. */
  readonly inputs: readonly string[];
};

/**
 * Runs a script of `infra`, such as `hooks/before-provision`.
 *
 * @param env the variables that azd would pass
 */
export function runInfraScript(
  script: string,
  { env = {}, answers = [], args = [] }: { env?: NodeJS.ProcessEnv; answers?: readonly Answer[]; args?: string[] } = {},
): ScriptRun {
  const dir = mkdtempSync(path.join(os.tmpdir(), 'fake-azure-'));
  try {
    installFakes(dir);
    writeFileSync(path.join(dir, 'answers'), JSON.stringify(answers));
    const { SystemRoot, ComSpec, PATHEXT, PATH = '' } = process.env;
    const { status, stdout, stderr } = spawnSync(process.execPath, [`infra/${script}.js`, ...args], {
      cwd: project,
      encoding: 'utf8',
      env: { SystemRoot, ComSpec, PATHEXT, PATH: `${dir}${path.delimiter}${PATH}`, ...env },
    });
    const file = path.join(dir, 'calls');
    const lines = existsSync(file) ? readFileSync(file, 'utf8').split('\n').filter(Boolean) : [];
    const calls = lines.map((line) => call.parse(JSON.parse(line)));
    return {
      status,
      stdout,
      stderr,
      calls: calls.map(({ name, args: given }) =>
        [name, ...given].join(' ').replace(/ --only-show-errors --output (json|none)$/, ''),
      ),
      values: Object.fromEntries(
        calls
          .filter(({ name, args: [, verb, , , flag, environment] }) => {
            return name === 'azd' && verb === 'set' && flag === '-e' && environment === 'keeper';
          })
          .map(({ args: [, , key = '', value = ''] }) => [key, value]),
      ),
      inputs: calls.map(({ input }) => input).filter(Boolean),
    };
  } finally {
    rmSync(dir, { recursive: true });
  }
}

function installFakes(dir: string): void {
  writeFileSync(path.join(dir, 'fake.cjs'), FAKE);
  for (const name of ['az', 'azd']) {
    const command = `"${process.execPath}" "${path.join(dir, 'fake.cjs')}" "${dir}" ${name}`;
    writeFileSync(path.join(dir, name), `#!/bin/sh\nexec ${command} "$@"\n`);
    writeFileSync(path.join(dir, `${name}.cmd`), `@${command} %*\r\n`);
    chmodSync(path.join(dir, name), 0o755);
  }
}
