/** The workflows of `.github`, and their shell steps, run as GitHub runs them. */
import assert from 'node:assert/strict';
import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { chmodSync, mkdirSync, mkdtempSync, readdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import os from 'node:os';
import path from 'node:path';
import { fileURLToPath } from 'node:url';
import { parse } from 'yaml';
import * as z from 'zod';

export const root = fileURLToPath(new URL('../../', import.meta.url));
export const workflowsDir = path.join(root, '.github', 'workflows');

const rights = z.record(z.string(), z.enum(['read', 'write', 'none']));
const needs = z.union([z.string().transform((one) => [one]), z.array(z.string())]).default([]);
const step = z.looseObject({
  name: z.string().optional(),
  run: z.string().optional(),
  uses: z.string().optional(),
  with: z.record(z.string(), z.unknown()).optional(),
});
const workflow = z.looseObject({
  on: z.record(z.string(), z.unknown()),
  env: z.record(z.string(), z.string()).optional(),
  permissions: rights,
  defaults: z.object({ run: z.object({ shell: z.string() }) }).optional(),
  jobs: z.record(
    z.string(),
    z.looseObject({
      if: z.string().optional(),
      needs,
      permissions: rights.optional(),
      steps: z.array(step).default([]),
      uses: z.string().optional(),
    }),
  ),
});

export type Workflow = z.infer<typeof workflow>;

export const workflowFiles = readdirSync(workflowsDir).toSorted();

export function readWorkflow(file: string): Workflow {
  return workflow.parse(parse(readFileSync(path.join(workflowsDir, file), 'utf8')));
}

/** A folder that stands in for a GitHub runner: programs that stand in for others, and a record of their calls. */
export type Runner = {
  /** Runs the step of that name in `dir`. If a workflow has several, they must be the same. */
  run(file: string, step: string, env?: NodeJS.ProcessEnv): Promise<{ code: number; output: string }>;
  /** The calls of the programs, a line for each. */
  calls(): string[];
  readonly dir: string;
  remove(): void;
};

/**
 * @param programs name → shell script. Each call is recorded first.
 */
export function startRunner(programs: Readonly<Record<string, string>>): Runner {
  const dir = mkdtempSync(path.join(os.tmpdir(), 'runner-'));
  const bin = path.join(dir, 'bin');
  const record = path.join(dir, 'calls');
  mkdirSync(bin);
  mkdirSync(path.join(dir, 'temp'));
  for (const [name, body] of Object.entries(programs)) {
    writeFileSync(path.join(bin, name), `#!/bin/sh\necho "${name} $*" >> '${record}'\n${body}\n`);
    chmodSync(path.join(bin, name), 0o755);
  }
  writeFileSync(record, '');
  return {
    dir,
    calls: () => readFileSync(record, 'utf8').split('\n').filter(Boolean),
    remove: () => rmSync(dir, { recursive: true }),
    async run(file, name, env = {}) {
      const read = readWorkflow(file);
      assert.equal(read.defaults?.run.shell, 'bash');
      const named = Object.values(read.jobs).flatMap(({ steps }) => steps.filter((given) => given.name === name));
      const [script, ...others] = new Set(named.map(({ run }) => run ?? ''));
      assert.ok(script && others.length === 0, `${file} has no step "${name}", or steps that differ`);
      writeFileSync(path.join(dir, 'step.sh'), script);
      // https://docs.github.com/actions/reference/workflows-and-actions/workflow-syntax: shell: bash
      const args = ['--noprofile', '--norc', '-eo', 'pipefail', path.join(dir, 'step.sh')];
      const PATH = [bin, path.dirname(process.execPath), process.env.PATH].join(path.delimiter);
      const child = spawn('bash', args, {
        cwd: dir,
        env: { PATH, HOME: dir, RUNNER_TEMP: path.join(dir, 'temp'), ...env },
        stdio: ['ignore', 'pipe', 'pipe'],
      });
      let output = '';
      for (const stream of [child.stdout, child.stderr]) stream.on('data', (chunk) => (output += String(chunk)));
      const [code] = await once(child, 'close');
      return { code: Number(code), output };
    },
  };
}
