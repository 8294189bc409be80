/** Each rule of a rotation (see CONTRIBUTING.md), broken once or more. */
export type Mutant = {
  /** The rule's number; `seal` for what keeps others from reading or replacing the tokens in the table. */
  readonly rule: string;
  /** What is broken, in words. */
  readonly what: string;
  readonly file: string;
  /** Stands in the file exactly once. */
  readonly from: string;
  readonly to: string;
  /** Where no run of the model can show it: the test file that does. */
  readonly unitTest?: string;
};

const DECIDE = 'src/rotation/decide.ts';
const OUTCOME = 'src/rotation/outcome.ts';
const LEASE = 'src/rotation/lease.ts';
const ROTATE = 'src/rotation/rotate.ts';
const SAVE = 'src/rotation/save-pair.ts';

export const mutants: readonly Mutant[] = [
  {
    rule: '1',
    what: 'a lease of another worker is not respected',
    file: DECIDE,
    from: `if (leaseHolds(row, moment)) return { step: 'wait' };`,
    to: '',
  },
  {
    rule: '1',
    what: 'the claim does not name the refresh token',
    file: 'src/rotation/row-changes.ts',
    from: `step.step === 'refresh' ? hashRefreshToken(step.refreshToken) : row.spentRefreshToken`,
    to: 'row.spentRefreshToken',
  },
  {
    rule: '1',
    what: 'a claim that was not written is acted on',
    file: ROTATE,
    from: `if (write.result === 'lost' || tries === WRITE_TRIES) return write;`,
    to: `if (write.result === 'lost' || tries === WRITE_TRIES) {
      const unwritten = { row: intent, etag: stored?.etag ?? '' };
      return { result: 'written', stored: unwritten, claimedAtMs, step, row };
    }`,
  },
  {
    rule: '2',
    what: 'a token that may be spent is taken for a good one',
    file: DECIDE,
    from: '=== spentRefreshToken ? undefined : tokens.set.refreshToken',
    to: '=== spentRefreshToken ? tokens.set.refreshToken : tokens.set.refreshToken',
  },
  {
    rule: '2',
    what: 'a doubtful refresh does not count as spent',
    file: OUTCOME,
    from: `return { outcome: 'log-in', ...shortfall(reply, true) };`,
    to: `return { outcome: 'log-in', ...shortfall(reply, false) };`,
  },
  {
    rule: '3',
    what: 'the deadline is not checked before a send',
    file: LEASE,
    from: 'deadline.aborted || steadyMs() >= deadlineMs;',
    to: 'deadline.aborted;',
  },
  {
    rule: '3',
    what: 'a request goes on past the deadline',
    file: 'src/rotation/send.ts',
    from: 'quartile.refresh(refreshToken, attempt.lease.deadline)',
    to: 'quartile.refresh(refreshToken, new AbortController().signal)',
    unitTest: 'test/rotation/attempts.test.ts',
  },
  {
    rule: '3',
    what: 'a lease that a broken clock wrote is waited for',
    file: DECIDE,
    from: 'if (!lease || lease.expiresAtMs - nowMs > LONGEST_BELIEVABLE_LEASE_MS) return false;',
    to: 'if (!lease) return false;',
    unitTest: 'test/rotation/shared-row.test.ts',
  },
  {
    rule: '3',
    what: 'a lease never ends',
    file: DECIDE,
    from: 'return leaseSeenForMs < LEASE_MS && nowMs < lease.expiresAtMs + TAKEOVER_GRACE_MS;',
    to: 'return true;',
  },
  {
    rule: '3',
    what: 'a lease is taken over without grace',
    file: DECIDE,
    from: 'lease.expiresAtMs + TAKEOVER_GRACE_MS',
    to: 'lease.expiresAtMs',
  },
  {
    rule: '3',
    what: 'a lease lasts ten minutes',
    file: 'src/rotation/limits.ts',
    from: 'export const LEASE_MS = 15_000;',
    to: 'export const LEASE_MS = 600_000;',
  },
  {
    rule: '3',
    what: 'a lease is taken over too early by a waiter',
    file: DECIDE,
    from: 'leaseSeenForMs < LEASE_MS &&',
    to: 'leaseSeenForMs < LEASE_MS / 3 &&',
  },
  {
    rule: '3',
    what: 'a waiter trusts only the clocks',
    file: DECIDE,
    from: 'leaseSeenForMs < LEASE_MS &&',
    to: '',
    unitTest: 'test/model/crash-wait.test.ts',
  },
  {
    rule: '3',
    what: "a heartbeat overwrites another worker's lease",
    file: LEASE,
    from: 'isLost = found === undefined || found.row.lease?.id !== claim.stored.row.lease?.id;',
    to: 'isLost = found === undefined;',
  },
  {
    rule: '3',
    what: 'a heartbeat drops the spent mark',
    file: 'src/rotation/row-changes.ts',
    from: 'return { ...row, lease, updatedAtMs: nowMs, writeId };',
    to: 'return { ...row, lease, updatedAtMs: nowMs, writeId, spentRefreshToken: undefined };',
  },
  {
    rule: '3',
    what: 'a request is sent after the lease was lost',
    file: LEASE,
    from: `if (isLost || leftMs() < neededMs) return 'lease_lost';`,
    to: '',
  },
  {
    rule: '3',
    what: 'a heartbeat inserts the row again after it was deleted',
    file: LEASE,
    from: 'if (isLost || !found) return;\n      stored = found;',
    to: `if (isLost && found) return;
      stored = found ?? { ...stored, etag: undefined as never };`,
    unitTest: 'test/rotation/lease.test.ts',
  },
  {
    rule: '7',
    what: 'a pair that a report created is not protected by the cool-down',
    file: DECIDE,
    from: `if (trigger === 'report' && createdBy !== 'report') return undefined;`,
    to: `if (trigger === 'report') return undefined;`,
  },
  {
    rule: '4',
    what: 'a write whose answer was lost is taken for lost',
    file: 'src/rotation/write-row.ts',
    from: 'found?.row.writeId === row.writeId',
    to: 'found?.row.writeId === `not ${row.writeId}`',
  },
  {
    rule: '4',
    what: 'the timer leaves its mark beside a lease that lives',
    file: ROTATE,
    from: 'if (leaseHolds(row, moment) || moment.nowMs',
    to: 'if (moment.nowMs',
  },
  {
    rule: '5',
    what: 'a doubtful refresh is taken for one that was not processed',
    file: OUTCOME,
    from: `    case 'doubtful':
    case 'intermediary':
    case 'rejected':`,
    to: `    case 'doubtful':
      return { outcome: 'resend', mayLogIn: false, ...shortfall(reply, false) };
    case 'intermediary':
    case 'rejected':`,
  },
  {
    rule: '6',
    what: 'refused credentials are tried again at once',
    file: DECIDE,
    from: 'if (!loginBreaker || !fingerprints.includes(loginBreaker.fingerprint)) return undefined;',
    to: 'if (!loginBreaker || fingerprints) return undefined;',
  },
  {
    rule: '7',
    what: 'callers do not back off after a failure',
    file: DECIDE,
    from: 'if (liesAhead(nextAttemptAtMs, nowMs, LONGEST_RETRY_AFTER_MS))',
    to: 'if (liesAhead(nextAttemptAtMs, nowMs, -LONGEST_RETRY_AFTER_MS))',
  },
  {
    rule: '7',
    what: 'callers do not wait for the cool-down',
    file: DECIDE,
    from: 'const untilMs = refreshedAtMs + cooldownMs;',
    to: 'const untilMs = refreshedAtMs + 0 * cooldownMs;',
  },
  {
    rule: '7',
    what: 'Retry-After is not obeyed by the next attempt',
    file: DECIDE,
    from: 'if (liesAhead(retryAfterUntilMs, nowMs, LONGEST_RETRY_AFTER_MS))',
    to: 'if (liesAhead(retryAfterUntilMs, nowMs, -LONGEST_RETRY_AFTER_MS))',
  },
  {
    rule: '7',
    what: 'a report is answered with the reported token',
    file: 'src/hand-out/refused-token.ts',
    from: `if (renewal.result === 'renewed' || isNewer(latest, generation)) {`,
    to: 'if (latest) {',
  },
  {
    rule: '8',
    what: 'a received pair is dropped when the store does not answer',
    file: SAVE,
    from: `logEvent({ name: 'rotation.save_delayed', account, code: write.code });`,
    to: `return { result: 'elsewhere' };`,
  },
  {
    rule: '8',
    what: 'a received pair is dropped at a conflict',
    file: SAVE,
    from: 'if (base && isOvertaken(base.row, claim.row.generation))',
    to: 'if (base)',
  },
  {
    rule: '8',
    what: 'a received pair overwrites a newer one',
    file: SAVE,
    from: 'if (base && isOvertaken(base.row, claim.row.generation))',
    to: 'if (base && !isOvertaken(base.row, pair) && base.row.generation < 0)',
  },
  {
    rule: '8',
    what: 'a failure is written over whatever stands there',
    file: ROTATE,
    from: 'if (!noted.found || found?.lease?.id !== claim.row.lease?.id) {',
    to: 'if (!noted.found) {',
  },
  {
    rule: '8',
    what: 'a pair is handed out before it is saved',
    file: SAVE,
    from: `if (write.result === 'written') {
        reportDone(parts, request, { pair, notes, row: write.stored.row, before: claim.row, attempt });
        return { result: 'done', row: write.stored.row };`,
    to: `if (write.result) {
        reportDone(parts, request, { pair, notes, row, before: claim.row, attempt });
        return { result: 'done', row };`,
  },
  {
    rule: '9',
    what: 'a dead token is served',
    file: 'src/rotation/limits.ts',
    from: 'export const DEAD_BELOW_MS = 1_000;',
    to: 'export const DEAD_BELOW_MS = -1;',
  },
  {
    rule: '9',
    what: 'min_ttl is not kept',
    file: 'src/hand-out/judge-life.ts',
    from: 'lifeMs >= minTtlSeconds * 1000',
    to: 'lifeMs >= minTtlSeconds',
  },
  {
    rule: '9',
    what: 'a token is withheld that meets min_ttl',
    file: 'src/hand-out/judge-life.ts',
    from: 'lifeMs >= minTtlSeconds * 1000',
    to: 'lifeMs >= minTtlSeconds * 2000',
  },
  {
    rule: '9',
    what: 'the last token is forgotten when the store does not answer',
    file: 'src/hand-out/row-memory.ts',
    from: '{ ...before, askedAtMs, storeAnswers: false }',
    to: '{ ...before, askedAtMs, stored: undefined, lastHeld: undefined, storeAnswers: false }',
  },
  {
    rule: '10',
    what: 'the later expiry counts',
    file: 'src/quartile/token-set.ts',
    from: 'lifeMs: Math.min(...lives',
    to: 'lifeMs: Math.max(...lives',
    unitTest: 'test/quartile/token-set.test.ts',
  },
  {
    rule: '11',
    what: 'a timer that may not act does not fail',
    file: 'src/rotation/check-account.ts',
    from: `...secondsLeftOf(row, nowMs()) });
      throw new RotationFailedError(account, code);`,
    to: `...secondsLeftOf(row, nowMs()) });
      return;`,
    unitTest: 'test/rotation/check-account.test.ts',
  },
  {
    rule: 'seal',
    what: 'an older ciphertext opens in a later generation',
    file: 'src/store/sealed-column.ts',
    from: 'JSON.stringify([FORMAT, keyId, account, generation, column])',
    to: 'JSON.stringify([FORMAT, keyId, account, column])',
    unitTest: 'test/store/sealed-column.test.ts',
  },
  {
    rule: 'seal',
    what: 'callers replace tokens that cannot be read again and again',
    file: 'src/rotation/row-changes.ts',
    from: `row.tokens.state === 'unreadable' && claim.trigger !== 'timer' ? nowMs : row.unreadableReplacedAtMs`,
    to: 'row.unreadableReplacedAtMs',
    unitTest: 'test/rotation/unreadable-row.test.ts',
  },
];
