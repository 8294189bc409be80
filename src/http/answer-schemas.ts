/**
 * What our answers look like. The functions that make them are typed by these, the description of the API is made from
 * them, and the end-to-end tests hold every answer against it. Loaded for the description only.
 */
import * as z from 'zod';
import type { ProblemCode } from './problem.ts';

export const tokenSchema = z
  .strictObject({
    access_token: z.string().min(1).meta({ description: "Quartile's access token." }),
    token_type: z.literal('Bearer'),
    expires_in: z.int().nonnegative().meta({ description: 'Whole seconds that it lives, from now.' }),
    expires_at: z.iso.datetime().meta({ description: 'When it ends, UTC.' }),
    refreshed_at: z.iso.datetime().meta({ description: 'When it was got, UTC.' }),
    generation: z
      .int()
      .nonnegative()
      .meta({ description: 'Counts renewals: what to report it by, should Quartile refuse it.' }),
    source: z.enum(['login', 'refresh']),
    stale: z.boolean().meta({ description: 'Whether the last attempt to renew it failed.' }),
  })
  .meta({ id: 'Token', description: 'An access token that lives.' });

export const bareTokenSchema = z.string().min(1).meta({ description: 'The bare access token.' });

export const healthSchema = z.strictObject({ status: z.enum(['ok', 'degraded', 'down']) }).meta({
  id: 'Health',
  description: '`degraded`: callers get a token, but something needs a look. `down`: no live token.',
});

export const loginAnswerSchema = z
  .strictObject({
    access_token: z.string().min(1),
    refresh_token: z.string().min(1),
    token_type: z.literal('Bearer'),
    expires_in: z.int().positive().meta({ description: 'Whole seconds that the access token lives.' }),
    caller: z.string().min(1),
  })
  .meta({ id: 'CallerTokens', description: "A caller's own tokens: not Quartile's." });

export const renewalAnswerSchema = z
  .strictObject({
    access_token: z.string().min(1),
    token_type: z.literal('Bearer'),
    expires_in: z.int().positive().meta({ description: 'Whole seconds that it lives.' }),
  })
  .meta({ id: 'CallerAccess', description: "A caller's own access token, anew." });

/** @param codes the codes that an answer of one status can carry */
export function problemSchema(status: number, codes: readonly ProblemCode[]) {
  return z.strictObject({
    title: z.string(),
    status: z.literal(status),
    code: z.enum(codes).meta({ description: 'Stable: switch on it.' }),
    detail: z.string(),
  });
}

export type TokenBody = z.infer<typeof tokenSchema>;
export type HealthBody = z.infer<typeof healthSchema>;
export type LoginAnswerBody = z.infer<typeof loginAnswerSchema>;
export type RenewalAnswerBody = z.infer<typeof renewalAnswerSchema>;
