import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import type { FaultName } from './faults.ts';
import { judgeRun } from './judge.ts';
import type { Run } from './scenario.ts';
import type { StepName } from './steps.ts';

/** When the fault struck. The token that was there before was planted 1 s earlier, and lives until 60 s later. */
const STRUCK = 1_800_000_000_000;
const GENERATION = 7;

/** Only what callers saw and how many calls there were is judged here. */
function judge(changes: Partial<Run>, fault: FaultName = 'cut-store', step: StepName = 'note-after'): string[] {
  const run: Run = {
    scenario: { fault, step, state: 'due', trigger: 'caller', lease: 'aged' },
    planted: { generation: GENERATION, liveUntilMs: STRUCK + 60_000 },
    victim: 0,
    struckAtMs: STRUCK,
    overAtMs: STRUCK + 2_000,
    heldMs: 2_000,
    healing: { healedAtMs: STRUCK + 2_500, healMs: 100_000, rotationMs: 100, isAged: true },
    calls: { refresh: 2, login: 0 },
    callsUnderLease: 0,
    sent: [],
    spentRefused: 0,
    row: undefined,
    laggards: [],
    seen: [],
    ...changes,
  };
  const ofNoRow = new Set([`generation ${GENERATION} → undefined`, 'the row tells of a failure']);
  return judgeRun(run).filter((wrong) => !ofNoRow.has(wrong));
}

describe('the calls after a worker was stopped with a claim that was written', () => {
  const judgeCalls = (refresh: number, login: number, heldMs: number) =>
    judge({ calls: { refresh, login }, heldMs }, 'pause', 'claim-after');

  it('are its own and those of whoever healed the account', () => {
    assert.deepEqual(judgeCalls(1, 1, 600), []);
    assert.deepEqual(judgeCalls(0, 1, 4_000), ['0+1 refreshes+logins instead of 1+1']);
  });

  it('may lack its own where the answer to the claim may have come too late for it', () => {
    assert.deepEqual(judgeCalls(1, 1, 6_500), []);
    assert.deepEqual(judgeCalls(0, 1, 6_500), []);
    assert.deepEqual(judgeCalls(1, 0, 6_500), ['1+0 refreshes+logins instead of 1+1|0+1']);
  });

  it('lack its own past its deadline', () => {
    assert.deepEqual(judgeCalls(0, 1, 60_000), []);
    assert.deepEqual(judgeCalls(1, 1, 60_000), ['1+1 refreshes+logins instead of 0+1']);
  });
});
