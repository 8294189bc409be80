import assert from 'node:assert/strict';
import { after, before, describe, it } from 'node:test';
import { canStrike, type FaultName } from '../chaos/faults.ts';
import type { Fleet } from '../chaos/fleet.ts';
import { judgeRun } from '../chaos/judge.ts';
import { type Lab, startLab } from '../chaos/lab.ts';
import { runScenario, type TokenState } from '../chaos/scenario.ts';
import type { StepName } from '../chaos/steps.ts';
import type { TriggerName } from '../chaos/trigger.ts';

/** A few of the runs that `npm run test:chaos` makes at least 200 times. Their leases end by themselves. */
const runs: readonly (readonly [FaultName, StepName, TokenState, TriggerName?])[] = [
  ['kill', 'claim-after', 'dead'],
  ['kill', 'refresh-after', 'dead', 'report'],
  ['kill', 'save-before', 'due', 'caller'],
  ['kill', 'save-after', 'due'],
  ['kill-late', 'refresh-before', 'due'],
  ['pause', 'refresh-after', 'dead'],
  ['cut-upstream', 'refresh-after', 'due'],
  ['cut-both', 'save-before', 'due'],
  ['stall-store', 'claim-after', 'due'],
];

describe('a worker that is struck in the middle of a rotation', { timeout: 240_000 }, () => {
  let lab: Lab;
  let fleet: Fleet;
  before(async () => {
    lab = await startLab();
    fleet = await lab.startFleet();
    await fleet.firstToken();
  });
  after(() => lab.stop());

  for (const [fault, step, state, trigger = 'timer'] of runs) {
    it(`harms nobody: ${fault} at ${step}, the token ${state}`, { skip: !canStrike(fault, step) }, async () => {
      const run = await runScenario(fleet, { fault, step, state, trigger });
      assert.deepEqual(judgeRun(run), []);
    });
  }
});
