/** Rows that put the page into each of its states at `NOW_MS`, and the status that they lead to. */
import type { Known } from '../../src/hand-out/row-memory.ts';
import type { Fingerprints } from '../../src/quartile/fingerprint.ts';
import { type Circumstances, describeStatus } from '../../src/status/describe-status.ts';
import type { Status } from '../../src/status/status.ts';
import type { PastAttempt, TokenRow } from '../../src/store/token-store.ts';
import { knownOf } from '../hand-out/known.ts';
import { DAY_MS, HOUR_MS, keyRing, MINUTE_MS, NOW_MS, rowHolding } from '../fixtures.ts';

/** What neither the page nor the JSON may contain. */
export const SECRETS = {
  accessToken: 'the-secret-access-token',
  refreshToken: 'the-secret-refresh-token',
  writeId: 'the-secret-write-id',
  leaseId: 'the-secret-lease-id',
  rest: 'the-secret-rest',
  fingerprint: 'the-secret-fingerprint',
};

const FINGERPRINTS: Fingerprints = [SECRETS.fingerprint];

type Overrides = Partial<Known> &
  Partial<Pick<Circumstances, 'savePending' | 'nowMs'>> &
  Partial<Circumstances['settings']>;

/** The status on an instance that has just read `row`, with the default settings and two keys. */
export function statusOf(row: TokenRow | undefined, overrides: Overrides = {}): Status {
  const { savePending = false, nowMs = NOW_MS, schedule = '0 */30 * * * *', ...others } = overrides;
  const { callers = { auth: 'function-key' }, marginMs = HOUR_MS, encryptionKeys, ...known } = others;
  const settings = { schedule, callers, marginMs, encryptionKeys: encryptionKeys ?? keyRing('new', 'old') };
  const circumstances = { account: 'default', settings, fingerprints: FINGERPRINTS, savePending, nowMs };
  return describeStatus(knownOf(row, { readAtMs: nowMs, ...known }), circumstances);
}

function attempt(agoMs: number, overrides: Partial<PastAttempt> = {}): PastAttempt {
  return { atMs: NOW_MS - agoMs, trigger: 'timer', kind: 'refresh', outcome: 'done', ms: 800, ...overrides };
}

const HISTORY = [
  ...Array.from({ length: 18 }, (_, index) => attempt((18 - index) * 11 * HOUR_MS + 6 * HOUR_MS, { ms: 412 + index })),
  attempt(17 * HOUR_MS, { trigger: 'report', kind: 'login', ms: 1_204 }),
  attempt(16 * HOUR_MS, { trigger: 'caller', outcome: 'no_answer_econnreset', ms: 10_012 }),
  attempt(6 * HOUR_MS),
];

/** A pair whose access token has this much left. The timer left its mark 20 minutes ago. */
export function endingIn(lifeMs: number, overrides: Partial<TokenRow> = {}): TokenRow {
  const refreshedAtMs = NOW_MS + lifeMs - 12 * HOUR_MS;
  const set = {
    accessToken: SECRETS.accessToken,
    accessExpiresAtMs: NOW_MS + lifeMs,
    refreshToken: SECRETS.refreshToken,
    refreshExpiresAtMs: refreshedAtMs + 14 * DAY_MS,
    rest: { note: SECRETS.rest },
  };
  return rowHolding(set, {
    refreshedAtMs,
    trigger: 'timer',
    createdAtMs: NOW_MS - 30 * DAY_MS,
    updatedAtMs: refreshedAtMs,
    attempt: { kind: 'refresh', startedAtMs: refreshedAtMs - 800 },
    lastCheckAtMs: NOW_MS - 20 * MINUTE_MS,
    history: HISTORY,
    writeId: SECRETS.writeId,
    ...overrides,
  });
}

/** A pair with half its life left. */
export function freshRow(overrides: Partial<TokenRow> = {}): TokenRow {
  return endingIn(6 * HOUR_MS, overrides);
}

export function rotatingRow(): TokenRow {
  return endingIn(45 * MINUTE_MS, {
    lease: { id: SECRETS.leaseId, expiresAtMs: NOW_MS + 12_000 },
    attempt: { kind: 'refresh', startedAtMs: NOW_MS - 3_000 },
    lastCheckAtMs: NOW_MS - 3_000,
  });
}

export function failingRow(overrides: Partial<TokenRow> = {}): TokenRow {
  const failure: Partial<PastAttempt> = { kind: 'login', outcome: 'http_503', ms: 31_480 };
  return endingIn(20 * MINUTE_MS, {
    consecutiveFailures: 2,
    lastFailureCode: 'http_503',
    nextAttemptAtMs: NOW_MS + 8_000,
    retryAfterUntilMs: NOW_MS + 8_000,
    history: [...HISTORY, attempt(31 * MINUTE_MS, failure), attempt(MINUTE_MS, failure)],
    ...overrides,
  });
}

export function breakerOf(fingerprint: string): TokenRow['loginBreaker'] {
  return { refusals: 3, code: 'credentials_refused', nextLoginAtMs: NOW_MS + 100 * MINUTE_MS, fingerprint };
}

export function refusedRow(overrides: Partial<TokenRow> = {}): TokenRow {
  const outcome = 'credentials_refused';
  return endingIn(-2 * HOUR_MS, {
    consecutiveFailures: 3,
    lastFailureCode: outcome,
    nextAttemptAtMs: NOW_MS + 12_000,
    loginBreaker: breakerOf(SECRETS.fingerprint),
    history: [...HISTORY, attempt(15 * MINUTE_MS, { kind: 'login', outcome, ms: 640 })],
    ...overrides,
  });
}

export function unreadableRow(column = 'v1.k20260101-a1b2c3.AAAA'): TokenRow {
  return freshRow({ tokens: { state: 'unreadable', reason: 'unknown_key', sealed: { tokens: column } } });
}

export function silentRow(): TokenRow {
  return endingIn(9 * HOUR_MS, { lastCheckAtMs: NOW_MS - 9 * HOUR_MS });
}

/** A row that was claimed, but has no pair yet. */
export function claimedRow(overrides: Partial<TokenRow> = {}): TokenRow {
  const none: Partial<TokenRow> = { generation: 0, tokens: { state: 'none' }, history: [], source: undefined };
  return freshRow({ ...none, ...overrides });
}

const jwtCallers = { auth: 'jwt', jwtKeys: keyRing('jwt', 'jwt-old'), accessLifeMs: 1, refreshLifeMs: 1 } as const;
const unknown: Overrides = { storeAnswers: false, readAtMs: undefined };

/** The page in all of its states. */
export const STATES: Readonly<Record<string, () => Status>> = {
  empty: () => statusOf(undefined),
  fresh: () => statusOf(freshRow()),
  'first pair by a caller': () =>
    statusOf(
      endingIn(12 * HOUR_MS, {
        createdAtMs: NOW_MS,
        lastCheckAtMs: undefined,
        trigger: 'caller',
        history: [attempt(0)],
      }),
    ),
  due: () => statusOf(endingIn(40 * MINUTE_MS)),
  rotating: () => statusOf(rotatingRow()),
  failing: () => statusOf(failingRow()),
  'save pending': () => statusOf(endingIn(5 * MINUTE_MS), { savePending: true }),
  'credentials refused': () => statusOf(refusedRow(), { callers: jwtCallers }),
  'refused, with a token': () => statusOf(freshRow({ loginBreaker: breakerOf(SECRETS.fingerprint) })),
  expired: () => statusOf(endingIn(-HOUR_MS)),
  'long expired': () => statusOf(endingIn(-90 * DAY_MS)),
  'timer silent': () => statusOf(silentRow()),
  unreadable: () => statusOf(unreadableRow(), { lastHeld: freshRow() }),
  'unreadable, and no pair known': () => statusOf(unreadableRow()),
  'pair missing': () => statusOf(undefined, { lastHeld: freshRow() }),
  'lease left behind': () => statusOf(freshRow({ lease: { id: SECRETS.leaseId, expiresAtMs: NOW_MS - MINUTE_MS } })),
  'store down': () => statusOf(freshRow(), { storeAnswers: false, readAtMs: NOW_MS - HOUR_MS }),
  'store down, and nothing known': () => statusOf(undefined, unknown),
};
