/** How settings are read and checked, and what is wrong with them. */
import * as z from 'zod';
import { err, ok, type Result } from '../result.ts';
import { readKeyRing } from './key-ring.ts';

/** Never contains the value: it may be a secret. */
export type SettingProblem = { readonly setting: string; readonly problem: string };

/** A value, or every problem with the settings that it is made of. */
export type Reading<T> = Result<T, readonly SettingProblem[]>;

const NO_KEY = 'is missing: npm run keys -- new creates a key';

/**
 * Azure replaces a Key Vault reference with the secret. If it cannot, the reference itself remains as the value, and
 * Quartile would refuse it as a wrong password.
 *
 * @see https://learn.microsoft.com/azure/app-service/app-service-key-vault-references
 */
const UNRESOLVED = /^\s*@Microsoft\.KeyVault\(/i;
const NOT_RESOLVED =
  'is a reference that Azure did not resolve: check that the secret is in the vault and that the identity may read it, ' +
  'then have Azure read it again: node infra/refresh-secrets.js';

/** A setting without a default. */
export const required = z
  .string({ error: 'is missing' })
  .min(1, 'is empty')
  .refine((text) => !UNRESOLVED.test(text), NOT_RESOLVED);

/** A setting with a default; an empty one counts as absent. */
export function textOr(fallback: string) {
  return z
    .string()
    .optional()
    .transform((text) => text || fallback);
}

/** A whole number in decimal digits; an empty setting counts as absent. */
export function wholeNumber(fallback: number, min: number, max: number) {
  const problem = `has to be a whole number from ${min} to ${max}`;
  const digits = z.string().regex(/^\d{1,9}$/, problem);
  return textOr(String(fallback)).pipe(digits.transform(Number).pipe(z.number().min(min, problem).max(max, problem)));
}

/** @param inAzure whether to reject the key that is for local use */
export function keyRing(inAzure: boolean) {
  return z
    .string({ error: NO_KEY })
    .min(1, NO_KEY)
    .transform((text, context) => {
      const reading = readKeyRing(text, { inAzure });
      if (reading.ok) return reading.value;
      context.addIssue(UNRESOLVED.test(text) ? NOT_RESOLVED : reading.error);
      return z.NEVER;
    });
}

/** Reads the settings that `schema` names. */
export function readWith<T>(schema: z.ZodType<T>, env: NodeJS.ProcessEnv): Reading<T> {
  const parsed = schema.safeParse(env);
  if (parsed.success) return ok(parsed.data);
  return err(parsed.error.issues.map(({ path, message }) => ({ setting: String(path[0]), problem: message })));
}

/** One line that names every problem, for logs and for the terminal. */
export function describeProblems(problems: readonly SettingProblem[]): string {
  return problems.map(({ setting, problem }) => `${setting} ${problem}`).join('; ');
}
