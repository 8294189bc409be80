import { type Simulator, startSimulator } from '../../src/local/simulator/simulator.ts';
import { createQuartileClient } from '../../src/quartile/client.ts';
import type { Sleep } from '../../src/sleep.ts';
import type { RotationParts, RotationRequest } from '../../src/rotation/rotate.ts';
import { createQuickWaits, type QuickWaits } from '../../src/hand-out/renew.ts';
import { createRowMemory, type RowMemory } from '../../src/hand-out/row-memory.ts';
import type { Occasion, Rules } from '../../src/rotation/decide.ts';
import { createRotator, type Rotator } from '../../src/rotation/rotator.ts';
import type { TelemetryEvent } from '../../src/telemetry/events.ts';
import type { TokenRow } from '../../src/store/token-store.ts';
import { createMemoryStore, type MemoryStore } from '../store/memory-store.ts';

export const MINUTE_MS = 60_000;
export const HOUR_MS = 60 * MINUTE_MS;
export const MARGIN_MS = HOUR_MS;

/**
 * Real rotations, over HTTP against the simulator; only the store is in memory. Time stands still until `pass`, or a
 * rotation that backs off, moves it.
 */
export type Workbench = {
  readonly store: MemoryStore;
  readonly simulator: Simulator;
  readonly rotator: Rotator;
  readonly parts: RotationParts;
  /** Another worker over the same store, as on another instance. */
  anotherRotator(changes?: Partial<RotationParts>): Rotator;
  request(occasion?: Occasion): RotationRequest;
  readonly password: string;
  /** A pair that another client received with a login, as columns of a row. */
  loginElsewhere(): Promise<Pick<TokenRow, 'tokens' | 'spentRefreshToken'>>;
  readonly events: TelemetryEvent[];
  readonly nowMs: () => number;
  /** From now on, ends every refresh as its time-out would, as soon as Quartile has received it. */
  giveUpRefreshes(): void;
  /** Moves time, and ends the sleeps that are over by then. */
  pass(ms: number): void;
  /** Sleeps until `pass` has moved time far enough. */
  readonly sleepUntilPassed: Sleep;
  /** Lets pending work go on, without moving time. */
  readonly turn: () => Promise<void>;
  check(occasion?: Occasion): ReturnType<Rotator['rotate']>;
  readonly memory: RowMemory;
  readonly rules: Rules;
  readonly quickWaits: QuickWaits;
  readonly steadyMs: () => number;
  readonly random: () => number;
  readonly logEvent: (event: TelemetryEvent) => void;
  close(): Promise<void>;
};

const credentials = { username: 'someone@example.com', password: 'a password', subscriptionKey: 'k'.repeat(32) };

/** The limit of one request in real time: a busy machine may take long. The rotation calculates with `timeoutMs`. */
const PATIENCE_MS = 60_000;

export async function openWorkbench({ timeoutMs = 10_000, cacheMs = 0, cooldownMs = 0 } = {}): Promise<Workbench> {
  const rules: Rules = { marginMs: MARGIN_MS, cooldownMs, fingerprints: ['these credentials'] };
  let nowMs = Date.parse('2026-11-22T12:00:00.000Z');
  const simulator = await startSimulator({ ...credentials, now: () => nowMs });
  const store = createMemoryStore();
  const events: TelemetryEvent[] = [];
  const sleepers = new Set<{ readonly endsAtMs: number; readonly wake: () => void }>();
  let ids = 0;
  const sleepUntilPassed: Sleep = (ms, signal) =>
    new Promise((resolve) => {
      const wake = () => {
        sleepers.delete(sleeper);
        resolve();
      };
      const sleeper = { endsAtMs: nowMs + ms, wake };
      sleepers.add(sleeper);
      signal?.addEventListener('abort', wake);
    });
  const pass = (ms: number) => {
    nowMs += ms;
    for (const sleeper of sleepers) if (sleeper.endsAtMs <= nowMs) sleeper.wake();
  };
  const turn = () => new Promise<void>((resolve) => setImmediate(resolve));
  const settings = { ...credentials, baseUrl: simulator.baseUrl, timeoutMs: PATIENCE_MS };
  const quartile = createQuartileClient(settings, () => nowMs);
  let refreshesAreGivenUp = false;
  const memory = createRowMemory({ store, nowMs: () => nowMs, steadyMs: () => nowMs, cacheMs });
  const parts: RotationParts = {
    store: memory.store,
    generationSeen: memory.highestGeneration,
    quartile: {
      ...quartile,
      refresh: (token, signal) => quartile.refresh(token, refreshesAreGivenUp ? onceRefreshed(simulator) : signal),
    },
    rules,
    requestTimeoutMs: timeoutMs,
    random: () => 0,
    abortAfter: () => new AbortController().signal,
    nowMs: () => nowMs,
    steadyMs: () => nowMs,
    newId: () => `id-${(ids += 1)}`,
    sleep: async (ms, signal) => {
      if (signal) return sleepUntilPassed(ms, signal); // of the heartbeats: the attempt goes on meanwhile
      // Back-off takes its time, but no test waits for it.
      for (let leftMs = ms; leftMs >= 0; leftMs -= 1_000) {
        await turn();
        pass(Math.min(leftMs, 1_000));
      }
    },
  };
  const rotator = createRotator(parts);
  const logEvent = (event: TelemetryEvent) => void events.push(event);
  const request = (occasion: Occasion = { trigger: 'timer' }) => ({ account: 'default', occasion, logEvent });
  return {
    store,
    simulator,
    rotator,
    parts,
    anotherRotator: (changes = {}) => createRotator({ ...parts, store, generationSeen: () => 0, ...changes }),
    request,
    password: credentials.password,
    async loginElsewhere() {
      const reply = await parts.quartile.login();
      if (reply.kind !== 'token-set') throw new Error(reply.code);
      const set = { ...reply.tokenSet, accessExpiresAtMs: nowMs };
      return { tokens: { state: 'held', set }, spentRefreshToken: undefined };
    },
    memory,
    rules,
    quickWaits: createQuickWaits(),
    steadyMs: () => nowMs,
    random: () => 0,
    events,
    giveUpRefreshes: () => void (refreshesAreGivenUp = true),
    nowMs: () => nowMs,
    pass,
    turn,
    sleepUntilPassed,
    check: (occasion) => rotator.rotate(request(occasion)),
    logEvent,
    close: () => simulator.close(),
  };
}

/** Aborts when the simulator has received one more refresh. */
function onceRefreshed(simulator: Simulator): AbortSignal {
  const aborted = new AbortController();
  const before = simulator.stats().requests.refresh;
  const look = () => {
    if (simulator.stats().requests.refresh > before) aborted.abort();
    else setImmediate(look).unref();
  };
  look();
  return aborted.signal;
}
