/** The status as JSON: what the page says, under names that programs can rely on. Pure: no I/O, no clock. */
import * as z from 'zod';
import { HEALTH_REASONS } from '../hand-out/health.ts';
import { growing } from '../http/answer-schemas.ts';
import { type Advice, adviseOn, inPlainText } from './advice.ts';
import { toIso } from './moments.ts';
import { SERVICE_STATES } from './service-state.ts';
import type { TokenLife } from './pair.ts';
import type { StatusReport } from './status-report.ts';
import { sayState } from './wording.ts';

const time = z.iso.datetime();
const kind = z.enum(['login', 'refresh']);
const token = z.strictObject({
  live: z.boolean(),
  /** Whole seconds from now; 0 where it is dead. */
  expires_in: z.int().nonnegative(),
  expires_at: time,
});

/** The schema of the answer. Absent: not known, or not so. */
export const statusSchema = z
  .strictObject({
    account: z.string(),
    at: time,
    /** When it was read from the table: older than `at` where that is out of reach. */
    read_at: time.optional(),
    state: growing(SERVICE_STATES),
    state_text: z.string(),
    health: z.strictObject({
      status: z.enum(['ok', 'degraded', 'down']),
      reasons: z.array(
        z.strictObject({ code: growing(HEALTH_REASONS), text: z.string(), action: z.string().optional() }),
      ),
    }),
    store_answers: z.boolean(),
    access_token: token.extend({ due_at: time }).optional(),
    refresh_token: token.extend({ maybe_spent: z.boolean() }).optional(),
    rotation: z
      .strictObject({
        generation: z.int().nonnegative(),
        source: kind.optional(),
        refreshed_at: time.optional(),
        trigger: z.string().optional(),
        ms: z.number().optional(),
      })
      .optional(),
    lease: z
      .strictObject({
        holds: z.boolean(),
        ends_at: time,
        by: z.enum(['timer', 'caller']),
        kind: kind.optional(),
        started_at: time.optional(),
      })
      .optional(),
    failure: z.strictObject({ count: z.int().positive(), code: z.string().optional() }).optional(),
    unreadable: z.strictObject({ reason: z.string(), missing_key: z.string().optional() }).optional(),
    checks: z.strictObject({
      schedule: z.string(),
      margin_seconds: z.int().positive(),
      next_at: time.optional(),
      renewal_at: time.optional(),
      last_at: time.optional(),
    }),
    waits: z.strictObject({
      callers_until: time.optional(),
      everybody_until: time.optional(),
      login: z.strictObject({ refusals: z.int().positive(), code: z.string(), until: time.optional() }).optional(),
    }),
    /** The newest first. */
    history: z.array(z.strictObject({ at: time, trigger: z.string(), kind, outcome: z.string(), ms: z.number() })),
    /** Ids, never keys: the first one is used for what is new. */
    keys: z.strictObject({ encryption: z.array(z.string()), callers: z.array(z.string()).optional() }),
  })
  .meta({ id: 'Status' });

export type StatusJson = z.input<typeof statusSchema>;

/** Tells a report. Each text is as the page has it. */
export function toStatusJson(report: StatusReport): StatusJson {
  const { account, atMs, readAtMs, state, health, storeAnswers, access, refresh, failure, unreadable, keys } = report;
  return {
    account,
    at: toIso(atMs),
    read_at: maybeIso(readAtMs),
    state,
    state_text: sayState(report),
    health: { status: health.status, reasons: adviseOn(report).map(tellAdvice) },
    store_answers: storeAnswers,
    access_token: access && { ...tellLife(access), due_at: toIso(access.dueAtMs) },
    refresh_token: refresh && { ...tellLife(refresh), maybe_spent: refresh.spent },
    rotation: tellRotation(report),
    lease: tellLease(report),
    failure,
    unreadable: unreadable && { reason: unreadable.reason, missing_key: unreadable.missingKey },
    checks: tellChecks(report),
    waits: tellWaits(report),
    history: report.history.map(({ atMs: startedAtMs, ...attempt }) => ({ at: toIso(startedAtMs), ...attempt })),
    keys: { encryption: [...keys.encryption], callers: keys.callers && [...keys.callers] },
  };
}

function tellAdvice({ code, text, action }: Advice): StatusJson['health']['reasons'][number] {
  return { code, text, action: action === undefined ? undefined : inPlainText(action) };
}

function tellLife({ lives, lifeMs, expiresAtMs }: TokenLife): z.input<typeof token> {
  return { live: lives, expires_in: Math.floor(lifeMs / 1000), expires_at: toIso(expiresAtMs) };
}

function tellRotation({ rotation }: StatusReport): StatusJson['rotation'] {
  if (!rotation) return undefined;
  const { refreshedAtMs, ...others } = rotation;
  return { ...others, refreshed_at: maybeIso(refreshedAtMs) };
}

function tellLease({ lease }: StatusReport): StatusJson['lease'] {
  if (!lease) return undefined;
  const { holds, endsAtMs, byTimer, attempt } = lease;
  const by = byTimer ? 'timer' : 'caller';
  return { holds, ends_at: toIso(endsAtMs), by, kind: attempt?.kind, started_at: maybeIso(attempt?.startedAtMs) };
}

function tellChecks({ checks }: StatusReport): StatusJson['checks'] {
  const { schedule, marginMs, nextAtMs, renewalAtMs, lastAtMs } = checks;
  return {
    schedule,
    margin_seconds: marginMs / 1000,
    next_at: maybeIso(nextAtMs),
    renewal_at: maybeIso(renewalAtMs),
    last_at: maybeIso(lastAtMs),
  };
}

function tellWaits({ waits: { callersUntilMs, everybodyUntilMs, login } }: StatusReport): StatusJson['waits'] {
  return {
    callers_until: maybeIso(callersUntilMs),
    everybody_until: maybeIso(everybodyUntilMs),
    login: login && { refusals: login.refusals, code: login.code, until: maybeIso(login.untilMs) },
  };
}

function maybeIso(ms: number | undefined): string | undefined {
  return ms === undefined ? undefined : toIso(ms);
}
