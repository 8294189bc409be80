import assert from 'node:assert/strict';
import { afterEach, beforeEach } from 'node:test';
import type { FaultRuleInput } from '../../src/local/simulator/faults.ts';
import type { TokenPair, TokenRow } from '../../src/store/token-store.ts';
import { HOUR_MS, openWorkbench, type Workbench } from './workbench.ts';

/** A new workbench for every test of a file, and what most tests do with it. */
export type Scene = {
  readonly bench: Workbench;
  readonly row: () => TokenRow;
  readonly tokens: () => TokenPair;
  /** Logs in, and lets time pass until the pair is due. */
  readonly becomeDue: () => Promise<void>;
  readonly strike: (fault: FaultRuleInput['fault'], on?: FaultRuleInput['on'], times?: number) => void;
};

/** @param timeoutMs of one request to Quartile, in real time */
export function openScene({ timeoutMs = 500 } = {}): Scene {
  let bench: Workbench;
  beforeEach(async () => {
    bench = await openWorkbench({ timeoutMs });
  });
  afterEach(() => bench.close());
  const row = () => {
    const found = bench.store.peek();
    assert.ok(found);
    return found;
  };
  return {
    get bench() {
      return bench;
    },
    row,
    tokens() {
      const { tokens } = row();
      assert.ok(tokens.state === 'held');
      return tokens.set;
    },
    async becomeDue() {
      await bench.check();
      bench.pass(11 * HOUR_MS);
    },
    strike(fault, on = 'refresh', times = 1) {
      bench.simulator.addFault({ on, times, fault });
      if (fault.kind === 'hang') bench.giveUpRefreshes();
    },
  };
}
