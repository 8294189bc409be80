/** What is wrong with a setting, and the checks that several of them share. */
import * as z from 'zod';
import { readKeyRing } from './key-ring.ts';

/** Never the value: it may be a secret. */
export type SettingProblem = { readonly setting: string; readonly problem: string };

/** A value, or everything that is wrong with the settings it is made of. */
export type Reading<T> =
  | { readonly ok: true; readonly value: T }
  | { readonly ok: false; readonly problems: readonly SettingProblem[] };

/** A made-up key would be guessed: it is to be made by chance. */
const NO_KEY = 'is missing: npm run keys -- new makes a key';

/**
 * Azure replaces a reference by the secret, and leaves the reference itself where it cannot: sent on, it would be taken for
 * a wrong password.
 *
 * @see https://learn.microsoft.com/azure/app-service/app-service-key-vault-references
 */
const UNRESOLVED = /^\s*@Microsoft\.KeyVault\(/i;
const NOT_RESOLVED =
  'is a reference that Azure did not resolve: see that the secret is in the vault and that the identity may read it, then ' +
  'have Azure read it anew: node infra/refresh-secrets.js';

export const required = z
  .string({ error: 'is missing' })
  .min(1, 'is empty')
  .refine((text) => !UNRESOLVED.test(text), NOT_RESOLVED);

/** A whole number, as settings write it; an empty setting counts as absent. */
export function wholeNumber(fallback: number, min: number, max: number) {
  const problem = `has to be a whole number from ${min} to ${max}`;
  return z
    .string()
    .optional()
    .transform((text) => text || String(fallback))
    .pipe(
      z
        .string()
        .regex(/^\d{1,9}$/, problem)
        .transform(Number)
        .pipe(z.number().min(min, problem).max(max, problem)),
    );
}

/** A key ring; in Azure not one with the key that is for local use. */
export function keyRing(inAzure: boolean) {
  return z
    .string({ error: NO_KEY })
    .min(1, NO_KEY)
    .transform((text, context) => {
      const reading = readKeyRing(text, { inAzure });
      if (reading.ok) return reading.ring;
      context.addIssue({ code: 'custom', message: UNRESOLVED.test(text) ? NOT_RESOLVED : reading.problem });
      return z.NEVER;
    });
}

/** Reads what `schema` asks of the environment. */
export function readWith<T>(schema: z.ZodType<T>, env: NodeJS.ProcessEnv): Reading<T> {
  const parsed = schema.safeParse(env);
  if (parsed.success) return { ok: true, value: parsed.data };
  const problems = parsed.error.issues.map(({ path, message }) => ({ setting: String(path[0]), problem: message }));
  return { ok: false, problems };
}

/** One line that names every problem, for logs and for the terminal. */
export function describeProblems(problems: readonly SettingProblem[]): string {
  return problems.map(({ setting, problem }) => `${setting} ${problem}`).join('; ');
}
