import assert from 'node:assert/strict';
import { execFile } from 'node:child_process';
import { existsSync } from 'node:fs';
import { describe, it } from 'node:test';
import { fileURLToPath } from 'node:url';
import { promisify } from 'node:util';
import * as z from 'zod';
import { compileSources } from './compiled-sources.ts';

const loader = fileURLToPath(new URL('apps/load.cjs', import.meta.url));
const source = fileURLToPath(new URL('../../src/index.ts', import.meta.url));
const loadedSchema = z.object({ functions: z.int().positive() });

describe('the sources that the bundle is measured against', () => {
  it('are JavaScript, and register the same functions', async () => {
    const compiled = await compileSources();
    const load = async (file: string) => {
      const { stdout } = await promisify(execFile)(process.execPath, [loader, file]);
      return loadedSchema.parse(JSON.parse(stdout)).functions;
    };
    assert.match(compiled.entryFile, /\.js$/);
    assert.equal(await load(compiled.entryFile), await load(source));
    compiled.remove();
    assert.ok(!existsSync(compiled.entryFile));
  });
});
