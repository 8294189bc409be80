import assert from 'node:assert/strict';
import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { mkdtemp, readdir, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { describe, it } from 'node:test';
import { fileURLToPath } from 'node:url';
import { until } from '../e2e/stack.ts';

const main = fileURLToPath(new URL('mutants.ts', import.meta.url));

describe('a run of the mutants', { skip: process.platform === 'win32' && 'Windows has no signals' }, () => {
  for (const signal of ['SIGINT', 'SIGTERM', 'SIGHUP'] as const) {
    it(`leaves no copy of the code behind at ${signal}`, async () => {
      const dir = await mkdtemp(path.join(tmpdir(), 'mutants-test-'));
      const run = spawn(process.execPath, [main], { env: { PATH: process.env.PATH, TMPDIR: dir }, stdio: 'inherit' });
      await until(async () => (await readdir(dir)).length > 0);
      run.kill(signal);
      assert.deepEqual(await once(run, 'exit'), [1, null]);
      assert.deepEqual(await readdir(dir), []);
      await rm(dir, { recursive: true });
    });
  }
});
