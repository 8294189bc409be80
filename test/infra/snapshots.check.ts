// Run by `npm run check:infra`: whether the kept snapshots, which the tests read, are up to date.
import assert from 'node:assert/strict';
import { cpSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import os from 'node:os';
import path from 'node:path';
import { describe, it } from 'node:test';
import * as z from 'zod';
import { schedulePeriodMs } from '../../src/settings/schedule.ts';
import { bicep, infraDir } from './bicep.ts';
import { durationMs, PLACE, SNAPSHOTS, snapshotsDir } from './snapshots.ts';

describe('the kept snapshots', () => {
  for (const name of SNAPSHOTS) {
    it(`${name} is up to date: otherwise npm run check:infra -- --update, and review the difference`, () => {
      const args = ['snapshot', `${name}.bicepparam`, '--mode', 'validate', ...PLACE];
      const { status, output, complaints } = bicep(args, { cwd: snapshotsDir });
      assert.equal(status, 0, `${output}\n${complaints}`);
    });
  }
});

describe('the names of resources', () => {
  const read = (file: string) => [...new Set(readFileSync(file, 'utf8').match(/"name": "[^"]*"/g))].toSorted();

  /** The names of the resources of `default` with a changed parameter file. */
  function namesWith(change: (parameters: string) => string): string[] {
    const dir = mkdtempSync(path.join(os.tmpdir(), 'bicep-names-'));
    try {
      cpSync(infraDir, path.join(dir, 'infra'), { recursive: true });
      const file = path.join(dir, 'changed.bicepparam');
      const parameters = readFileSync(path.join(snapshotsDir, 'default.bicepparam'), 'utf8');
      writeFileSync(file, change(parameters).replace('../../../infra/', 'infra/'));
      const { status, complaints } = bicep(['snapshot', file, '--mode', 'overwrite', ...PLACE], { cwd: dir });
      assert.equal(status, 0, complaints);
      return read(path.join(dir, 'changed.snapshot.json'));
    } finally {
      rmSync(dir, { recursive: true });
    }
  }

  it('stay the same in the next deployment, even with other credentials', () => {
    const kept = read(path.join(snapshotsDir, 'default.snapshot.json'));
    assert.deepEqual(
      namesWith((text) => text.replaceAll('made-up', 'another')),
      kept,
    );
  });

  it('stay the same however the region is spelled', () => {
    const spelled = namesWith((text) => text.replace("'westeurope'", "'West Europe'"));
    assert.deepEqual(spelled, read(path.join(snapshotsDir, 'default.snapshot.json')));
  });

  it('differ in another region', () => {
    const moved = namesWith((text) => text.replace("'westeurope'", "'northeurope'"));
    const shared = read(path.join(snapshotsDir, 'default.snapshot.json')).filter((name) => moved.includes(name));
    assert.ok(moved.some((name) => name.includes('"kv-')));
    assert.deepEqual(
      shared.filter((name) => /"(kv|st|id|log|appi|keeper|plan)-?[a-z0-9]{13}/.test(name)),
      [],
    );
  });
});

describe('the window of the alert about a silent timer', () => {
  const SCHEDULES =
    `0 */30 * * * *, */20 * * * * *, 0 * * * * *, 0 */7 * * * *, 0 */20 * * * *, 0 */25 * * * *, 0 */59 * * * *
    0 5/15 * * * *, 0 0-29/5 * * * *, 0 0 * * * *, 0  0  */2  * * *, 0 */10 */4 * * *, 0 0 */5 * * *, 0 0 */12 * * *
    0 0 */23 * * *, 0 0 6-18 * * *, 0 30 4 * * *`
      .split(/,|\n/)
      .map((schedule) => schedule.trim())
      .concat('0 0,20 * * * *', '0 0 6,18 * * *');

  it('covers two periods of the schedule as the app reads it', () => {
    const windows = windowsOf(SCHEDULES);
    for (const [index, schedule] of SCHEDULES.entries()) {
      const periodMs = schedulePeriodMs(schedule);
      assert.ok(periodMs && durationMs(windows[index] ?? '') >= 2 * periodMs, `${schedule}: ${windows[index]}`);
    }
  });

  it('is not longer than necessary for a schedule in steps', () => {
    const steps = [
      '0 */15 * * * *',
      '0 */20 * * * *',
      '0 */30 * * * *',
      '0 0 * * * *',
      '0 0 */3 * * *',
      '0 0 */12 * * *',
    ];
    assert.deepEqual(windowsOf(steps), ['PT30M', 'PT45M', 'PT1H', 'PT2H', 'PT6H', 'P1D']);
  });

  it('is the longest possible one if the schedule skips days', () => {
    assert.deepEqual(windowsOf(['0 0 9 * * 1-5', '0 0 0 1 * *', '0 0 * 1-6 * *']), ['P2D', 'P2D', 'P2D']);
  });

  /** The windows that the compiled template computes for schedules. */
  function windowsOf(schedules: readonly string[]): string[] {
    const dir = mkdtempSync(path.join(os.tmpdir(), 'bicep-windows-'));
    try {
      cpSync(infraDir, path.join(dir, 'infra'), { recursive: true });
      const list = schedules.map((schedule) => `twoPeriodsOf('${schedule}')`).join(', ');
      writeFileSync(
        path.join(dir, 'windows.bicep'),
        `import { twoPeriodsOf } from 'infra/modules/alerts.bicep'\noutput windows array = [${list}]\n`,
      );
      writeFileSync(path.join(dir, 'windows.bicepparam'), `using 'windows.bicep'\n`);
      const place = [...PLACE, '--resource-group', 'rg-keeper'];
      const { status, complaints } = bicep(['snapshot', 'windows.bicepparam', '--mode', 'overwrite', ...place], {
        cwd: dir,
      });
      assert.equal(status, 0, complaints);
      const { outputs } = windowsSnapshot.parse(
        JSON.parse(readFileSync(path.join(dir, 'windows.snapshot.json'), 'utf8')),
      );
      return outputs.windows;
    } finally {
      rmSync(dir, { recursive: true });
    }
  }
});

const windowsSnapshot = z.object({ outputs: z.object({ windows: z.array(z.string()) }) });
