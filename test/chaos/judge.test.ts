import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import type { Observation } from './callers.ts';
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
    scenario: { fault, step, state: 'due', trigger: 'caller' },
    planted: { generation: GENERATION, liveUntilMs: STRUCK + 60_000 },
    victim: 0,
    struckAtMs: STRUCK,
    overAtMs: STRUCK + 2_000,
    healing: { healedAtMs: STRUCK + 2_500, healMs: 20_000, rotationMs: 100 },
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

type Told = readonly (readonly [generation: number, atMs: number])[];

/** Times count from the fault on. */
function answer(
  { from, to, told = [] }: { from: number; to: number; told?: Told },
  changes: Partial<Observation>,
): Observation {
  const toldAtMs = new Map(told.map(([generation, atMs]) => [generation, STRUCK + atMs]));
  return {
    worker: 1,
    host: { pid: 4711, isKilled: false, toldAtMs },
    kind: 'plain',
    startedAtMs: STRUCK + from,
    arrivedAtMs: STRUCK + to,
    lateMs: 0,
    status: 503,
    token: undefined,
    lifeMs: 0,
    isLive: false,
    generation: undefined,
    code: 'store_unavailable',
    hasRetryAfter: true,
    ...changes,
  };
}

const served = { status: 200, token: 'a', lifeMs: 50_000, isLive: true, generation: GENERATION, code: undefined };

describe('503 while the token lived', () => {
  const isWrong = (one: Observation, fault?: FaultName) =>
    judge({ seen: [one] }, fault).some((wrong) => wrong.includes('503 while the token lived'));

  it('is right from a host that the table, out of reach by then, had not told of the token', () => {
    assert.equal(isWrong(answer({ from: -400, to: 700 }, {})), false);
    assert.equal(isWrong(answer({ from: 1_900, to: 1_950, told: [[GENERATION - 1, -60_000]] }, {})), false);
    assert.equal(isWrong(answer({ from: 1_900, to: 2_300, told: [[GENERATION, 2_290]] }, {})), false);
  });

  it('is wrong from one that knew it, or a newer one', () => {
    assert.equal(isWrong(answer({ from: -400, to: 700, told: [[GENERATION, -500]] }, {})), true);
    assert.equal(isWrong(answer({ from: 500, to: 700, told: [[GENERATION + 1, 400]] }, {})), true);
    assert.equal(isWrong(answer({ from: 500, to: 2_700, told: [[GENERATION, 600]] }, {})), true);
  });

  it('is wrong where the table was within reach', () => {
    assert.equal(isWrong(answer({ from: -400, to: -10 }, {})), true);
    assert.equal(isWrong(answer({ from: 3_001, to: 3_100 }, {})), true);
    assert.equal(isWrong(answer({ from: 500, to: 700 }, {}), 'cut-upstream'), true);
  });

  it('is wrong where it says that the table was read', () => {
    assert.equal(isWrong(answer({ from: 500, to: 700 }, { code: 'token_unavailable' })), true);
  });
});

describe('a wait for a better token', () => {
  const isWrong = (one: Observation, fault?: FaultName) =>
    judge({ seen: [one] }, fault).some((wrong) => wrong.includes('waited too long'));
  const told: Told = [[GENERATION, -500]];

  it('is 3 s at most, and the way', () => {
    assert.equal(isWrong(answer({ from: 0, to: 4_000, told }, served)), false);
    assert.equal(isWrong(answer({ from: 0, to: 4_001, told }, served)), true);
  });

  it('is longer by as much as this process was late meanwhile, there and back', () => {
    assert.equal(isWrong(answer({ from: 0, to: 4_090, told }, { ...served, lateMs: 45 })), false);
    assert.equal(isWrong(answer({ from: 0, to: 4_091, told }, { ...served, lateMs: 45 })), true);
  });

  it('is as long as the table is out of reach where the host knows of none', () => {
    assert.equal(isWrong(answer({ from: 0, to: 5_500, told: [[GENERATION, 5_400]] }, served), 'stall-store'), false);
    assert.equal(isWrong(answer({ from: 0, to: 5_500, told: [[GENERATION, 4_400]] }, served), 'stall-store'), true);
    assert.equal(isWrong(answer({ from: 0, to: 5_500, told: [[GENERATION, 5_400]] }, served), 'cut-upstream'), true);
  });
});

describe('a caller that waits from the moment of a kill, without a valid token', () => {
  const isWrong = (one: Observation, liveUntilMs = STRUCK - 1_000) =>
    judge({ seen: [one], planted: { generation: GENERATION, liveUntilMs } }, 'kill', 'refresh-after').some((wrong) =>
      wrong.includes('from the moment of a kill'),
    );
  const refused = { code: 'token_unavailable' };

  it('is served', () => {
    assert.equal(isWrong(answer({ from: 10, to: 18_000 }, served)), false);
    assert.equal(isWrong(answer({ from: 10, to: 25_000 }, refused)), true);
  });

  it('is one that came within a second of it, to a host that lives', () => {
    assert.equal(isWrong(answer({ from: 1_001, to: 26_000 }, refused)), false);
    assert.equal(isWrong(answer({ from: 10, to: 25_000 }, { ...refused, worker: 0 })), false);
    assert.equal(isWrong(answer({ from: 10, to: 25_000 }, refused), STRUCK + 1_000), false);
  });
});
