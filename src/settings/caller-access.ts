import * as z from 'zod';
import type { KeyRing } from './key-ring.ts';
import { runsInAzure } from './platform.ts';
import { keyRing, type Reading, readWith, wholeNumber } from './problems.ts';

/** How callers prove who they are. */
export type CallerAccess =
  /** By a function key, which the host checks: who calls is not known any closer. */
  | { readonly auth: 'function-key' }
  /** By a token of ours, which we check. */
  | {
      readonly auth: 'jwt';
      /** Signs callers' own tokens. */
      readonly jwtKeys: KeyRing;
      /** The lives of callers' own tokens. */
      readonly accessLifeMs: number;
      readonly refreshLifeMs: number;
    };

const DAY_MS = 24 * 3_600_000;

const schema = z.object({
  CALLER_AUTH: z.enum(['', 'function-key', 'jwt'], { error: 'has to be function-key or jwt' }).default(''),
  CALLER_ACCESS_MINUTES: wholeNumber(15, 1, 1440),
  CALLER_REFRESH_DAYS: wholeNumber(14, 1, 90),
});

/** Reads how callers prove who they are. The keys of JWTs count only where there are JWTs. */
export function readCallerAccess(env: NodeJS.ProcessEnv): Reading<CallerAccess> {
  if (env.CALLER_AUTH !== 'jwt') {
    const values = readWith(schema, env);
    return values.ok ? { ok: true, value: { auth: 'function-key' } } : values;
  }
  const values = readWith(schema.extend({ CALLER_JWT_KEYS: keyRing(runsInAzure(env)) }), env);
  if (!values.ok) return values;
  const { CALLER_JWT_KEYS, CALLER_ACCESS_MINUTES, CALLER_REFRESH_DAYS } = values.value;
  return {
    ok: true,
    value: {
      auth: 'jwt',
      jwtKeys: CALLER_JWT_KEYS,
      accessLifeMs: CALLER_ACCESS_MINUTES * 60_000,
      refreshLifeMs: CALLER_REFRESH_DAYS * DAY_MS,
    },
  };
}
