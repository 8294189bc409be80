/** The compiler, for the files that `npm run check:infra` runs. */
import assert from 'node:assert/strict';
import { fileURLToPath } from 'node:url';
import * as z from 'zod';
import { type Compilation, findCompiler, runCompiler } from './compiler.ts';

export const infraDir = fileURLToPath(new URL('../../infra/', import.meta.url));

const found = findCompiler();
assert.ok(found, 'There is no Bicep compiler: see `npm run check:infra`');
const compiler = found;

/** Runs the compiler, in `infra/` by default. */
export function bicep(args: readonly string[], options: { cwd?: string; env?: NodeJS.ProcessEnv } = {}): Compilation {
  return runCompiler(compiler, args, { cwd: infraDir, ...options });
}

const resources = z.record(z.string(), z.looseObject({ type: z.string(), name: z.unknown() }));
const parameter = z.looseObject({
  defaultValue: z.unknown().optional(),
  metadata: z.looseObject({ description: z.string() }),
});
const template = z.object({ parameters: z.record(z.string(), parameter), resources });
const nested = z.object({ properties: z.object({ template: z.object({ resources }) }) });

export type Template = z.infer<typeof template>;

let compilation: Compilation | undefined;

/** The compiled main.bicep, compiled once for each process. */
export function build(): Compilation {
  compilation ??= bicep(['build', 'main.bicep', '--stdout']);
  return compilation;
}

export function compiledTemplate(): Template {
  return template.parse(JSON.parse(build().output));
}

/** The resources of a compiled module. */
export function resourcesOfModule(module: string): z.infer<typeof resources> {
  return nested.parse(compiledTemplate().resources[module]).properties.template.resources;
}
