/**
 * The schemas of our answers. The functions that make answers are typed by them, the description of the API is made from
 * them, and the end-to-end tests check every answer against them.
 */
import * as z from 'zod';
import type { ProblemCode } from './problem.ts';

export const tokenSchema = z
  .strictObject({
    access_token: z.string().min(1).meta({ description: "Quartile's access token." }),
    token_type: z.literal('Bearer'),
    expires_in: z.int().nonnegative().meta({ description: 'The remaining life in whole seconds.' }),
    expires_at: z.iso.datetime().meta({ description: 'When it expires, UTC.' }),
    refreshed_at: z.iso.datetime().meta({ description: 'When it was obtained, UTC.' }),
    generation: z
      .int()
      .nonnegative()
      .meta({ description: 'Counts rotations. Report a token that Quartile refuses by this number.' }),
    source: z.enum(['login', 'refresh']),
    stale: z.boolean().meta({ description: 'Whether the last attempt to renew it failed.' }),
  })
  .meta({ id: 'Token', description: 'A valid access token.' });

export const bareTokenSchema = z.string().min(1).meta({ description: 'The bare access token.' });

export const healthSchema = z.strictObject({ status: z.enum(['ok', 'degraded', 'down']) }).meta({
  id: 'Health',
  description: '`degraded`: callers receive a token, but an operator should act. `down`: there is no valid token.',
});

export const loginAnswerSchema = z
  .strictObject({
    access_token: z.string().min(1),
    refresh_token: z.string().min(1),
    token_type: z.literal('Bearer'),
    expires_in: z.int().positive().meta({ description: 'The life of the access token in whole seconds.' }),
    caller: z.string().min(1),
  })
  .meta({ id: 'CallerTokens', description: "A caller's own tokens, not Quartile's." });

export const renewalAnswerSchema = z
  .strictObject({
    access_token: z.string().min(1),
    token_type: z.literal('Bearer'),
    expires_in: z.int().positive().meta({ description: 'Its life in whole seconds.' }),
  })
  .meta({ id: 'CallerAccess', description: "A new access token of the caller's own." });

/** @param codes the codes that an answer of this status can have */
export function problemSchema(status: number, codes: readonly ProblemCode[]) {
  return z.strictObject({
    title: z.string(),
    status: z.literal(status),
    code: z.enum(codes).meta({ description: 'Stable: callers switch on it.' }),
    detail: z.string(),
  });
}

/** One of a list that may grow. Our answers are checked against the list; it is described as a string with examples. */
export function growing<const Values extends readonly [string, ...string[]]>(values: Values) {
  return z.enum(values).meta({
    override: ({ jsonSchema }) => {
      delete jsonSchema.enum;
      jsonSchema.examples = [...values];
    },
  });
}

export type TokenBody = z.infer<typeof tokenSchema>;
export type HealthBody = z.infer<typeof healthSchema>;
export type LoginAnswerBody = z.infer<typeof loginAnswerSchema>;
export type RenewalAnswerBody = z.infer<typeof renewalAnswerSchema>;
