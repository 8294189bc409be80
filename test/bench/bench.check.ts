import assert from 'node:assert/strict';
import { execFile } from 'node:child_process';
import { mkdtemp, readFile, rm } from 'node:fs/promises';
import { createServer, type ServerResponse } from 'node:http';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { after, before, describe, it } from 'node:test';
import { fileURLToPath } from 'node:url';
import { promisify } from 'node:util';
import * as z from 'zod';
import { isMet, median, medianRatio, medianStep, percentile } from './figures.ts';
import { drive, driveAtRate } from './load-generator.ts';

const main = fileURLToPath(new URL('main.ts', import.meta.url));
const run = (...args: string[]) => promisify(execFile)(process.execPath, [main, ...args]);

const figuresSchema = z.object({
  figures: z.array(z.object({ what: z.string(), value: z.number(), met: z.boolean().optional() })),
});

describe('npm run bench', { timeout: 240_000 }, () => {
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

  it('finds that an idle check is one read of the table', async () => {
    const { stdout, figures } = await measure('idle');
    assert.equal(figures.get('reads of the table by an idle check')?.value, 1);
    assert.equal(figures.get('writes to the table by an idle check')?.value, 0);
    assert.match(stdout, /^\| idle +\| reads of the table by an idle check +\| 1 +\| ≤ 1 +\| yes +\|$/m);
  });

  it('finds that a thousand callers at expiry are one call to Quartile', async () => {
    const { figures } = await measure('stampede');
    assert.equal(figures.get('calls to Quartile, at most in any round')?.value, 1);
    assert.ok((figures.get('operations on the table')?.value ?? 0) >= 3); // a read, a claim and a save
  });

  it('explains the first answer by package and by folder', async () => {
    const { figures } = await measure('breakdown');
    for (const group of ['CPU of a token beyond hello-world', '@azure/data-tables']) {
      assert.ok((figures.get(group)?.value ?? 0) > 0, [...figures.keys()].join(', '));
    }
  });

  it('explains itself, and refuses an unknown measurement, number or folder', async () => {
    assert.match((await run('--help')).stdout, /^Usage: npm run bench/);
    for (const args of [
      ['--only', 'nonsense'],
      ['--rounds', '0'],
      ['--against', dir],
    ]) {
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

  it('compare values of the same round', () => {
    assert.equal(medianRatio([10, 90, 20], [10, 100, 10]), 1);
  });

  it('see growth per operation behind a single jump', () => {
    const growth = (values: readonly number[], each: number) =>
      medianStep(values.map((value, step) => ({ after: step * 1_000, value: value + step * 1_000 * each })));
    for (const values of [
      [45_669_000, 45_719_000, 45_700_000, 45_680_000],
      [45_669_000, 38_896_000, 38_940_000, 38_930_000],
      [38_896_000, 42_039_000, 42_030_000, 42_040_000],
    ]) {
      assert.ok(Math.abs(growth(values, 0)) < 200);
      assert.ok(growth(values, 2_000) > 1_800);
    }
  });

  it('judge goals in both directions', () => {
    const figure = { what: 'it', value: 2, unit: '' } as const;
    const goals = [undefined, { atLeast: 2 }, { atMost: 1 }].map((goal) => isMet(goal ? { ...figure, goal } : figure));
    assert.deepEqual(goals, [undefined, true, false]);
  });
});

describe('the callers of the bench', () => {
  const pace = { perSecond: 200, durationMs: 1_500 };
  let url: string;
  let status = 200;
  let held: ServerResponse[] | undefined;
  const answer = (response: ServerResponse) => response.writeHead(status).end('answer');
  const server = createServer((_request, response) => void (held ? held.push(response) : answer(response)));
  before(async () => {
    await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
    const address = server.address();
    url = `http://127.0.0.1:${typeof address === 'object' ? address?.port : ''}/`;
  });
  after(() => server.close());

  /** Answers no request for a second, and then all of them. */
  function freeze(): void {
    held = [];
    setTimeout(() => {
      const waiting = held ?? [];
      held = undefined;
      for (const response of waiting) answer(response);
    }, 1_000);
  }

  it('at a fixed rate notice a server that stands still, however few connections there are', async () => {
    const quiet = await driveAtRate(url, pace);
    assert.equal(quiet.timesMs.length, 300);
    for (const connections of [16, 1]) {
      freeze();
      const frozen = await driveAtRate(url, pace, connections);
      assert.equal(frozen.timesMs.length, quiet.timesMs.length);
      assert.ok(frozen.p50Ms > 3 * quiet.p50Ms, `${frozen.p50Ms} against ${quiet.p50Ms} ms`); // most waited for its end
    }
  });

  it('in a closed loop stop at a number of answers', async () => {
    assert.equal((await drive(url, { answers: 40 })).timesMs.length, 40);
  });

  it('fail if an answer is not 200, or the connection breaks', async () => {
    status = 503;
    await assert.rejects(drive(url, { answers: 1 }), /503/);
    status = 200;
    held = [];
    setTimeout(() => server.closeAllConnections(), 50);
    await assert.rejects(driveAtRate(url, pace));
    held = undefined;
  });
});
