/**
 * What the status page says, as JSON: all that it shows is in here. No secret is: of tokens only when they expire, of keys
 * only their ids.
 */
import * as z from 'zod';
import { HEALTH_REASONS } from '../hand-out/health.ts';
import { growing } from '../http/answer-schemas.ts';

/** The states. If several apply, the first one is shown. */
export const SERVICE_STATES = [
  /** Everything else on the page may be old. */
  'store_unreachable',
  'rotating',
  'credentials_refused',
  /** The last attempt failed. */
  'failing',
  'tokens_unreadable',
  /** The table holds no pair, but this instance remembers one. */
  'pair_missing',
  /** The table holds no pair, and none is known. */
  'empty',
  'expired',
  /** The token is valid, with the margin or less left. */
  'due',
  'fresh',
] as const;

const time = z.iso.datetime();
const kind = z.enum(['login', 'refresh']);
const token = z.strictObject({
  live: z.boolean(),
  /** Whole seconds from now; 0 if it has expired. */
  expires_in: z.int().nonnegative(),
  expires_at: time,
});

/** What is absent is not known, or does not apply. Texts put code between backticks. */
export const statusSchema = z
  .strictObject({
    account: z.string(),
    at: time,
    /** When the table was last read: before `at` if it cannot be read now. */
    read_at: time.optional(),
    state: growing(SERVICE_STATES),
    state_text: z.string(),
    health: z.strictObject({
      status: z.enum(['ok', 'degraded', 'down']),
      /** Causes first. A consequence of another reason has no action. */
      reasons: z.array(
        z.strictObject({
          code: growing(HEALTH_REASONS),
          text: z.string(),
          detail: z.string().optional(),
          action: z.string().optional(),
        }),
      ),
    }),
    store_answers: z.boolean(),
    access_token: token.extend({ due_at: time }).optional(),
    refresh_token: token.extend({ maybe_spent: z.boolean() }).optional(),
    /** The rotation that created the pair. */
    rotation: z
      .strictObject({
        generation: z.int().nonnegative(),
        source: kind.optional(),
        refreshed_at: time.optional(),
        trigger: z.string().optional(),
      })
      .optional(),
    /** `holds` is false after its end: the next attempt takes over. */
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
      /** The first check that finds the pair due. */
      renewal_at: time.optional(),
      /** The timer's mark, written when the last one is over 55 min old. */
      last_at: time.optional(),
    }),
    waits: z.strictObject({
      callers_until: time.optional(),
      /** Quartile sent `Retry-After`. */
      everybody_until: time.optional(),
      /** The login breaker; without `until`, the next check may log in. */
      login: z.strictObject({ refusals: z.int().positive(), code: z.string(), until: time.optional() }).optional(),
    }),
    /** The newest first. */
    history: z.array(z.strictObject({ at: time, trigger: z.string(), kind, outcome: z.string(), ms: z.number() })),
    /** Ids. The first key encrypts or signs. */
    keys: z.strictObject({ encryption: z.array(z.string()), callers: z.array(z.string()).optional() }),
  })
  .meta({ id: 'Status' });

export type Status = z.infer<typeof statusSchema>;

/** The status before it is put into words. */
export type Facts = Omit<Status, 'state_text' | 'health'>;
