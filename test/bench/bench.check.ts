import assert from 'node:assert/strict';
import { execFile } from 'node:child_process';
import { mkdtemp, readFile, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { after, before, describe, it } from 'node:test';
import { fileURLToPath } from 'node:url';
import { promisify } from 'node:util';
import * as z from 'zod';
import { isMet } from './figure.ts';
import { median, medianRatio, medianStep, percentile } from './statistics.ts';

const main = fileURLToPath(new URL('main.ts', import.meta.url));
const run = (...args: string[]) => promisify(execFile)(process.execPath, [main, ...args]);

const figuresSchema = z.object({
  figures: z.array(z.object({ what: z.string(), value: z.number(), met: z.boolean().optional() })),
});

describe('npm run bench', { timeout: 120_000 }, () => {
  let dir: string;
  before(async () => {
    dir = await mkdtemp(path.join(tmpdir(), 'bench-test-'));
  });
  after(() => rm(dir, { recursive: true }));

  async function measure(name: string) {
    const json = path.join(dir, `${name}.json`);
    const { stdout } = await run('--only', name, '--rounds', '1', '--json', json);
    const { figures } = figuresSchema.parse(JSON.parse(await readFile(json, 'utf8')));
    return { stdout, figures: new Map(figures.map((figure) => [figure.what, figure])) };
  }

  it('sees that an idle check is one read of the table', async () => {
    const { stdout, figures } = await measure('idle');
    assert.equal(figures.get('reads of the table by an idle check')?.value, 1);
    assert.equal(figures.get('writes to the table by an idle check')?.value, 0);
    assert.match(stdout, /^\| idle +\| reads of the table by an idle check +\| 1 +\| ≤ 1 +\| yes +\|$/m);
  });

  it('sees that a thousand callers at the end of a token are one call to Quartile', async () => {
    const { figures } = await measure('stampede');
    assert.equal(figures.get('calls to Quartile, at most in any round')?.value, 1);
    const served = [...figures].find(([what]) => what.startsWith('until the last caller is served'))?.[1];
    assert.ok((served?.value ?? -1) > 0); // nobody before Quartile has answered
    assert.ok((figures.get('operations on the table')?.value ?? 0) >= 3); // a claim and a save, and somebody looked
  });

  it('explains itself, and refuses what it does not know', async () => {
    assert.match((await run('--help')).stdout, /^Usage: npm run bench/);
    for (const args of [['--only', 'nonsense'], ['--rounds', '0'], ['--what']]) {
      await assert.rejects(run(...args), /See `npm run bench -- --help`/);
    }
  });
});

describe('the statistics of the bench', () => {
  it('take percentiles by the nearest rank', () => {
    const hundred = Array.from({ length: 100 }, (_, index) => 100 - index);
    assert.deepEqual([percentile(hundred, 99), percentile(hundred, 100), median([3, 1, 2])], [99, 100, 2]);
    assert.throws(() => median([]), RangeError);
  });

  it('compare what was measured in the same round', () => {
    assert.equal(medianRatio([10, 90, 20], [10, 100, 10]), 1);
  });

  it('see what each step adds, whatever comes or goes once', () => {
    const leak = (values: readonly number[], each: number) =>
      medianStep(values.map((value, step) => ({ after: step * 1_000, value: value + step * 1_000 * each })));
    for (const values of [
      [45_669_000, 45_719_000, 45_700_000, 45_680_000],
      [45_669_000, 38_896_000, 38_940_000, 38_930_000], // code that is not used any more
      [38_896_000, 42_039_000, 42_030_000, 42_040_000], // code that was compiled
    ]) {
      assert.ok(Math.abs(leak(values, 0)) < 200);
      assert.ok(leak(values, 2_000) > 1_800);
    }
  });

  it('know of goals in both directions, and of none', () => {
    const figure = { what: 'it', value: 2, unit: '' } as const;
    assert.deepEqual(
      [isMet(figure), isMet({ ...figure, goal: { atLeast: 2 } }), isMet({ ...figure, goal: { atMost: 1 } })],
      [undefined, true, false],
    );
  });
});
