import { type Simulator, startSimulator } from '../../src/local/simulator/simulator.ts';
import { createQuartileClient } from '../../src/quartile/client.ts';
import type { Sleep } from '../../src/rotation/patience.ts';
import type { RotationParts } from '../../src/rotation/rotate.ts';
import { createRotator, type Rotator } from '../../src/rotation/rotator.ts';
import type { TelemetryEvent, Trigger } from '../../src/telemetry/events.ts';
import { createMemoryStore, type MemoryStore } from '../store/memory-store.ts';

export const MINUTE_MS = 60_000;
export const HOUR_MS = 60 * MINUTE_MS;
export const MARGIN_MS = HOUR_MS;

/** Rotations for real, over HTTP against the simulator; only the store is in memory, and time stands until moved. */
export type Workbench = {
  readonly store: MemoryStore;
  readonly simulator: Simulator;
  readonly rotator: Rotator;
  readonly parts: RotationParts;
  /** A further worker over the same store, as on another instance. */
  anotherRotator(): Rotator;
  readonly events: TelemetryEvent[];
  readonly nowMs: () => number;
  /** Moves time, and ends the sleeps that are over by then. */
  pass(ms: number): void;
  /** Sleeps until `pass` has moved time far enough. */
  readonly sleepUntilPassed: Sleep;
  check(trigger?: Trigger): ReturnType<Rotator['rotate']>;
  readonly report: (event: TelemetryEvent) => void;
  close(): Promise<void>;
};

const credentials = { username: 'someone@example.com', password: 'a password', subscriptionKey: 'k'.repeat(32) };

export async function openWorkbench({ timeoutMs = 10_000 } = {}): Promise<Workbench> {
  let nowMs = Date.parse('2026-11-22T12:00:00.000Z');
  const simulator = await startSimulator({ ...credentials, now: () => nowMs });
  const store = createMemoryStore();
  const events: TelemetryEvent[] = [];
  const sleepers = new Set<{ readonly endsAtMs: number; readonly wake: () => void }>();
  let ids = 0;
  const parts: RotationParts = {
    store,
    quartile: createQuartileClient({ ...credentials, baseUrl: simulator.baseUrl, timeoutMs }, () => nowMs),
    marginMs: MARGIN_MS,
    nowMs: () => nowMs,
    newId: () => `id-${(ids += 1)}`,
    sleep: (_ms, signal) =>
      new Promise((resolve) => {
        const timer = setImmediate(resolve); // back-off takes no time here
        signal?.addEventListener('abort', () => {
          clearImmediate(timer);
          resolve();
        });
      }),
  };
  const rotator = createRotator(parts);
  const report = (event: TelemetryEvent) => void events.push(event);
  return {
    store,
    simulator,
    rotator,
    parts,
    anotherRotator: () => createRotator(parts),
    events,
    nowMs: () => nowMs,
    pass(ms) {
      nowMs += ms;
      for (const sleeper of sleepers) if (sleeper.endsAtMs <= nowMs) sleeper.wake();
    },
    sleepUntilPassed: (ms, signal) =>
      new Promise((resolve) => {
        const wake = () => {
          sleepers.delete(sleeper);
          resolve();
        };
        const sleeper = { endsAtMs: nowMs + ms, wake };
        sleepers.add(sleeper);
        signal?.addEventListener('abort', wake);
      }),
    check: (trigger = 'timer') => rotator.rotate({ account: 'default', trigger, report }),
    report,
    close: () => simulator.close(),
  };
}
