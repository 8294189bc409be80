import { globSync } from 'node:fs';
import { readFile } from 'node:fs/promises';
import path from 'node:path';
import { brotliCompressSync, constants } from 'node:zlib';
import { build, type BuildOptions, type Plugin } from 'esbuild';

/**
 * The functions are registered with it, so that it is in the outer bundle already. The handlers get that very copy: it takes
 * an `HttpResponse` as it is only where that is of its own class.
 */
const LIBRARY = '@azure/functions';

const NAMESPACE = 'deferred';
const PART = 'part';

type Options = BuildOptions & { readonly absWorkingDir: string };

/** Of 11: beyond it, a build takes a second longer, and loads no faster. */
const QUALITY = 9;

/**
 * Keeps the handlers, and all that they import, out of what is compiled when the bundle is loaded: V8 looks through every
 * function of a file before it runs the first line, and registering a handful of functions takes a hundredth of this one.
 * The handlers are bundled by themselves, and that bundle stands in the file as a string; the first call compiles it.
 * Compressed, because V8 reads every character of a string, too; to decompress it takes 3 ms, once. A second file would do
 * the same, but one file is what is deployed, checked and loaded everywhere.
 *
 * @param options for the bundle of the handlers
 */
export function deferHandlers(options: Options): { plugin: Plugin; inputs: () => readonly string[] } {
  let inputs: readonly string[] = [];
  const plugin: Plugin = {
    name: 'defer-handlers',
    setup(bundling) {
      bundling.onResolve({ filter: /^\.\.\/handlers\// }, ({ kind, path: imported, importer }) => {
        if (kind !== 'dynamic-import') return { errors: [{ text: `${importer} has to import ${imported} lazily` }] };
        return { path: path.basename(imported, '.ts'), namespace: NAMESPACE };
      });
      bundling.onResolve({ filter: /^deferred:part$/ }, () => ({ path: PART, namespace: NAMESPACE }));
      bundling.onLoad({ filter: /.*/, namespace: NAMESPACE }, async ({ path: name }) => {
        if (name !== PART) return { contents: reExport(name, await readExports(options, name)) };
        const part = await bundleHandlers(options);
        inputs = part.inputs;
        return { contents: compileLater(part.code), resolveDir: options.absWorkingDir };
      });
    },
  };
  return { plugin, inputs: () => inputs };
}

/** A bundle that exports, by each handler's file, a function that loads it. What one call has loaded serves all. */
async function bundleHandlers(options: Options): Promise<{ code: string; inputs: readonly string[] }> {
  const root = options.absWorkingDir;
  const names = globSync('src/handlers/*.ts', { cwd: root }).map((file) => path.basename(file, '.ts'));
  const entries = names.toSorted().map((name) => `'${name}': () => require('./src/handlers/${name}.ts')`);
  const { outputFiles, metafile } = await build({
    ...options,
    stdin: { contents: `module.exports = { ${entries.join(', ')} };`, resolveDir: root },
    external: [...(options.external ?? []), LIBRARY],
    plugins: [shakeZod],
    write: false,
    metafile: true,
  });
  const inputs = Object.keys(metafile.inputs).filter((input) => input !== '<stdin>');
  return { code: outputFiles[0]?.text ?? '', inputs };
}

/** What a handler's file exports. */
async function readExports(options: Options, name: string): Promise<readonly string[]> {
  const { metafile } = await build({
    absWorkingDir: options.absWorkingDir,
    entryPoints: [`src/handlers/${name}.ts`],
    format: 'esm',
    write: false,
    metafile: true,
  });
  return Object.values(metafile.outputs).flatMap((output) => output.exports);
}

/** By name, as a module does: esbuild would copy the members of a CommonJS module anew for each `await import`. */
function reExport(name: string, names: readonly string[]): string {
  return `import part from 'deferred:part'; export const { ${names.join(', ')} } = part['${name}']();`;
}

/**
 * Runs the code as the worker's `require` would run a file of its own, but for where the library comes from. A stack trace
 * names it after our file.
 */
function compileLater(code: string): string {
  const compressed = brotliCompressSync(code, { params: { [constants.BROTLI_PARAM_QUALITY]: QUALITY } });
  return `
    const { compileFunction } = require('node:vm');
    const { brotliDecompressSync } = require('node:zlib');
    const compressed = Buffer.from('${compressed.toString('base64')}', 'base64');
    const run = compileFunction(brotliDecompressSync(compressed).toString(), ['exports', 'require', 'module'], {
      filename: __filename + '#handlers',
    });
    const library = require('${LIBRARY}');
    run(exports, (name) => (name === '${LIBRARY}' ? library : require(name)), module);`;
}

/**
 * `import { z } from 'zod'` takes all of zod along, its 50 languages too; `import * as z` only what is used. The
 * sources keep the form of zod's manual.
 */
const shakeZod: Plugin = {
  name: 'shake-zod',
  setup(bundling) {
    bundling.onLoad({ filter: /[\\/]src[\\/].*\.ts$/ }, async ({ path: file }) => {
      if (file.includes('node_modules')) return undefined;
      const text = await readFile(file, 'utf8');
      return { contents: text.replace("import { z } from 'zod';", "import * as z from 'zod';"), loader: 'ts' };
    });
  },
};
