/**
 * A world in which the real use cases run: 2 to 5 workers with clocks of their own over one store and one strict
 * upstream. Nothing in it happens by itself: the schedule performs and answers every effect, and moves time.
 */
import { handOutToken } from '../../src/hand-out/hand-out.ts';
import { replaceRefusedToken } from '../../src/hand-out/refused-token.ts';
import { createQuickWaits, type RenewParts } from '../../src/hand-out/renew.ts';
import { createRowMemory } from '../../src/hand-out/row-memory.ts';
import { checkAccount, RotationFailedError } from '../../src/rotation/check-account.ts';
import type { Rules } from '../../src/rotation/decide.ts';
import type { RotationParts } from '../../src/rotation/rotate.ts';
import { createRotator } from '../../src/rotation/rotator.ts';
import { newRow } from '../../src/rotation/row-changes.ts';
import { StoreError, type StoredRow, type TokenRow, type TokenStore } from '../../src/store/token-store.ts';
import { createEffects, type Effects } from './effects.ts';
import {
  accessTokenOf,
  checkMayStart,
  checkSend,
  checkWrite,
  InvariantViolation,
  isClaim,
  require,
  type SendCheck,
} from './invariants.ts';
import { createUpstream, HOUR_MS, SEND_FAULTS, type Upstream } from './upstream.ts';

export const ACCOUNT = 'default';
export const START_MS = Date.parse('2026-11-22T12:00:00.000Z');
const RULES: Rules = { marginMs: HOUR_MS, cooldownMs: 30_000, fingerprints: ['the credentials'] };

export type StartState = 'empty' | 'due' | 'dying' | 'dead';
export type Job = 'tick' | 'call' | 'call-ttl' | 'report';
export const JOBS: readonly Job[] = ['tick', 'call', 'call-ttl', 'report'];

export type WorldOptions = {
  readonly workers: number;
  /** How far each worker's clock is ahead, in milliseconds. */
  readonly skewsMs: readonly number[];
  readonly start: StartState;
  readonly cacheMs: number;
};

export type Worker = {
  readonly id: number;
  readonly nowMs: () => number;
  readonly handOut: RenewParts;
  /** Starts a job; how it ends is checked by itself. */
  run(job: Job): void;
};

export type World = {
  readonly effects: Effects;
  readonly upstream: Upstream;
  readonly workers: () => readonly Worker[];
  /** Jobs that have not ended, by worker. */
  readonly running: (workerId: number) => number;
  readonly nowMs: () => number;
  pass(ms: number): void;
  /** Kills a worker; another with a memory of its own takes its place. */
  crash(workerId: number): Worker;
  /** A worker that joins, as a new instance does. */
  join(): Worker;
  readonly row: () => TokenRow | undefined;
  readonly violation: () => unknown;
  /** Checks what must be so once nothing is under way. */
  checkAtRest(): void;
};

type Claim = NonNullable<SendCheck['claim']>;

export function createWorld({ workers: count, skewsMs, start, cacheMs }: WorldOptions): World {
  let nowMs = START_MS;
  let version = 0;
  let stored: StoredRow | undefined;
  let ids = 0;
  let violation: unknown;
  const effects = createEffects();
  const upstream = createUpstream();
  const saved = new Map<number, string>();
  const received: { readonly workerId: number; readonly generation: number; readonly token: string }[] = [];
  const running = new Map<number, number>();
  const workers = new Map<number, Worker>();

  const put = (row: TokenRow) => {
    version += 1;
    stored = { row, etag: `"${version}"` };
    const token = accessTokenOf(row);
    if (token === undefined) return stored.etag;
    const known = saved.get(row.generation) ?? token;
    require(known === token, 'a generation names one token', `${row.generation}: ${known} and ${token}`);
    saved.set(row.generation, token);
    return stored.etag;
  };

  const addWorker = (skewMs: number): Worker => {
    const id = (ids += 1);
    const clock = () => nowMs + skewMs;
    let claim: Claim | undefined;
    let leaseSetAtMs = -Infinity;
    const leases = new Set<string>();
    let hasReported = false;
    /** The last row that this worker has seen. */
    let seen: TokenRow | undefined;
    /** The lease in it, and since when it is unchanged. */
    let lease: (NonNullable<TokenRow['lease']> & { readonly sinceMs: number }) | undefined;

    const table: TokenStore = {
      async read(account) {
        const found = await effects.start({
          workerId: id,
          label: 'read',
          faults: ['503'],
          perform(fault) {
            if (fault) throw new StoreError('The store does not answer', 'store_failed');
            return stored?.row.account === account ? stored : undefined;
          },
        });
        seen = found?.row;
        if (seen?.lease?.id !== lease?.id || seen?.lease?.expiresAtMs !== lease?.expiresAtMs) {
          lease = seen?.lease && { ...seen.lease, sinceMs: nowMs };
        }
        return found;
      },
      write(row, etag) {
        const decidedAtMs = clock();
        // Only the timer's claim carries its mark.
        const isTimer = row.lastCheckAtMs === row.attempt?.startedAtMs;
        const trigger = isTimer ? 'timer' : hasReported ? 'report' : 'caller';
        const decidedAt = { nowMs: decidedAtMs, steadyMs: nowMs };
        if (row.lease && row.attempt?.startedAtMs === decidedAtMs) leases.add(row.lease.id);
        const apply = () => {
          if (stored?.etag !== etag) return { result: 'conflict' } as const;
          const before = stored?.row;
          const isSeen = before?.lease?.id === lease?.id && before?.lease?.expiresAtMs === lease?.expiresAtMs;
          const seenForMs = lease && isSeen ? decidedAt.steadyMs - lease.sinceMs : 0;
          checkWrite(before, row, { nowMs: decidedAtMs, seenForMs, leases });
          if (row.lease && leases.has(row.lease.id)) leaseSetAtMs = decidedAt.steadyMs;
          if (isClaim(before, row)) {
            const startedAtMs = row.attempt?.startedAtMs ?? decidedAtMs; // a claim may be repeated later
            checkMayStart(before, { trigger, nowMs: startedAtMs, cooldownMs: RULES.cooldownMs });
            claim = { before, after: row, atMs: row.attempt?.startedAtMs ?? decidedAtMs, trigger };
          }
          return { result: 'written', etag: put(row) } as const;
        };
        return effects.start({
          workerId: id,
          label: `write ${describe(row)}`,
          faults: ['412', '403', '503', 'lost', 'late'],
          perform(fault) {
            if (fault === undefined) return apply();
            if (fault === '403') throw new StoreError('The store refuses', 'store_access_denied');
            if (fault === '412') return { result: 'conflict' };
            if (fault === 'lost') apply();
            if (fault === 'late') {
              void effects.start({ workerId: 0, label: `late write of ${id}`, perform: apply });
            }
            return { result: 'unknown', code: 'store_timed_out' };
          },
        });
      },
    };

    const sendEffect = (label: 'login' | 'refresh', refreshToken: string | undefined) => {
      const sentAtMs = clock();
      const [fingerprint] = RULES.fingerprints;
      checkedNow(() => checkSend({ nowMs: sentAtMs, leaseSetAtMs, steadyMs: nowMs, claim, refreshToken, fingerprint }));
      const generation = (claim?.before?.generation ?? 0) + 1;
      return effects
        .start({
          workerId: id,
          label,
          faults: SEND_FAULTS,
          perform: (fault) =>
            refreshToken === undefined
              ? upstream.login(sentAtMs, fault)
              : upstream.refresh(refreshToken, sentAtMs, fault),
        })
        .then((reply) => {
          if (reply.kind === 'token-set')
            received.push({ workerId: id, generation, token: reply.tokenSet.accessToken });
          return reply;
        });
    };

    const sleep: RotationParts['sleep'] = (ms, signal) => {
      const plan = { workerId: id, label: `sleep ${ms}`, dueMs: nowMs + ms, perform: () => undefined };
      return effects.start(plan, signal);
    };
    const clocks = { nowMs: clock, steadyMs: () => nowMs, sleep, random: () => 0 };
    const memory = createRowMemory({ store: table, nowMs: clock, steadyMs: clocks.steadyMs, cacheMs });
    const parts: RotationParts = {
      ...clocks,
      store: memory.store,
      generationSeen: memory.highestGeneration,
      quartile: {
        login: () => sendEffect('login', undefined),
        refresh: (refreshToken) => sendEffect('refresh', refreshToken),
      },
      rules: RULES,
      requestTimeoutMs: 10_000,
      newId: () => `id-${(ids += 1)}`,
      abortAfter: () => new AbortController().signal,
    };
    const rotator = createRotator(parts);
    const logEvent = () => undefined;
    const handOut = { ...clocks, memory, rotator, rules: RULES, quickWaits: createQuickWaits(), logEvent };

    const jobs: Record<Job, () => Promise<void>> = {
      async tick() {
        const request = { account: ACCOUNT, occasion: { trigger: 'timer' }, logEvent } as const;
        try {
          await checkAccount({ rotator, nowMs: clock, sleep }, request);
        } catch (error) {
          if (!(error instanceof RotationFailedError)) throw error;
        }
      },
      call: () => call(undefined),
      'call-ttl': () => call(1_800),
      async report() {
        const generation = seen?.generation ?? 0;
        hasReported = true; // its rotation may outlast it
        const answer = await replaceRefusedToken(handOut, { account: ACCOUNT, generation });
        if (answer.result !== 'token') return;
        const { token } = answer;
        require(token.generation !== generation, 'a reported token is never the answer', String(generation));
        checkToken(token.generation, token.accessToken);
      },
    };

    async function call(minTtlSeconds: number | undefined): Promise<void> {
      const answer = await handOutToken(handOut, { account: ACCOUNT, minTtlSeconds });
      if (answer.result === 'token') {
        const lifeMs = answer.token.expiresAtMs - clock();
        require(lifeMs >= 1_000, 'no dead token is handed out', `${lifeMs} ms left`);
        require(lifeMs >= (minTtlSeconds ?? 0) * 1000, 'min_ttl is kept', `${lifeMs} ms left`);
        checkToken(answer.token.generation, answer.token.accessToken);
      } else if (seen) {
        const lifeMs = seen.tokens.state === 'held' ? seen.tokens.set.accessExpiresAtMs - clock() : 0;
        const askedMs = Math.max(1_000, (minTtlSeconds ?? 0) * 1000);
        require(lifeMs < askedMs, 'a live token is never withheld', `${lifeMs} ms left of ${askedMs}`);
      }
    }

    function checkToken(generation: number, token: string): void {
      require(saved.get(generation) === token, 'only what was saved is handed out', `${generation}: ${token}`);
    }

    const worker: Worker = {
      id,
      nowMs: clock,
      handOut,
      run(job) {
        running.set(id, (running.get(id) ?? 0) + 1);
        jobs[job]()
          .catch((error: unknown) => (violation ??= asViolation(error)))
          .finally(() => running.set(id, (running.get(id) ?? 1) - 1));
      },
    };
    workers.set(id, worker);
    return worker;
  };
  const checkedNow = (check: () => void) => {
    try {
      check();
    } catch (error) {
      violation ??= error;
    }
  };

  if (start !== 'empty') {
    const leftMs = { due: 40 * 60_000, dying: 20_000, dead: -1 }[start];
    const set = { ...upstream.issue(START_MS), accessExpiresAtMs: START_MS + leftMs };
    const row = newRow(ACCOUNT, { writeId: 'first', nowMs: START_MS });
    const refreshedAtMs = START_MS - 11 * HOUR_MS;
    put({ ...row, generation: 1, tokens: { state: 'held', set }, source: 'login', refreshedAtMs });
  }
  for (let index = 0; index < count; index += 1) addWorker(skewsMs[index] ?? 0);

  return {
    effects,
    upstream,
    workers: () => [...workers.values()],
    running: (workerId) => running.get(workerId) ?? 0,
    nowMs: () => nowMs,
    pass: (ms) => (nowMs += ms),
    crash(workerId) {
      effects.drop(workerId);
      workers.delete(workerId);
      return addWorker(0);
    },
    join: () => addWorker(0),
    row: () => stored?.row,
    violation: () => violation,
    checkAtRest() {
      for (const { workerId, generation, token } of received) {
        if (!workers.has(workerId)) continue; // died with it: the next attempt logs in
        const is = stored?.row.generation ?? 0;
        require(is >= generation, 'a received pair is saved, or a newer one is', `${token}, generation ${generation}`);
      }
    },
  };
}

function describe(row: TokenRow): string {
  if (row.lease && row.updatedAtMs === row.attempt?.startedAtMs) return `claim ${row.attempt.kind}`;
  if (row.lease) return 'heartbeat';
  return `generation ${row.generation}${row.lastFailureCode === undefined ? '' : ` ${row.lastFailureCode}`}`;
}

function asViolation(error: unknown): unknown {
  return error instanceof InvariantViolation ? error : new InvariantViolation('nothing crashes', String(error));
}
