import assert from 'node:assert/strict';
import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { readFileSync } from 'node:fs';
import { availableParallelism } from 'node:os';
import { text } from 'node:stream/consumers';
import { describe, it } from 'node:test';
import { fileURLToPath } from 'node:url';
import * as z from 'zod';

const root = fileURLToPath(new URL('../../', import.meta.url));
const manifestSchema = z.object({ scripts: z.record(z.string(), z.string()) });
const { scripts } = manifestSchema.parse(JSON.parse(readFileSync(new URL('package.json', `file://${root}`), 'utf8')));

/** Those that run a program of ours, and what comes before their arguments. */
const ours = Object.entries(scripts).flatMap(([name, line]) => {
  const [node, ...program] = line.split(' ');
  return node === 'node' && /^(src|test)\//.test(program[1] ?? '') ? [{ name, program }] : [];
});

async function run(program: readonly string[], arg: string) {
  const child = spawn(process.execPath, [...program, arg], { cwd: root, stdio: ['ignore', 'pipe', 'pipe'] });
  const [[code], out, err] = await Promise.all([once(child, 'close'), text(child.stdout), text(child.stderr)]);
  return { code: code as unknown, out, err };
}

describe('every npm script', { timeout: 120_000, concurrency: availableParallelism() }, () => {
  assert.ok(ours.length > 10);
  for (const { name, program } of ours) {
    it(`explains itself: ${name} --help`, async () => {
      const { code, out, err } = await run(program, '--help');
      assert.deepEqual([code, err], [0, '']);
      assert.match(out, new RegExp(`^(Usage:|      ) npm (run )?${name}\\b`, 'm'));
    });

    it(`refuses an option that it does not know by one line that leads on: ${name}`, async () => {
      const { code, out, err } = await run(program, '--no-such-option');
      assert.deepEqual([code, out], [1, '']);
      assert.match(err, /^Unknown option '--no-such-option'.* --help[`.]+\n$/);
    });
  }
});
