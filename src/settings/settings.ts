import * as z from 'zod';
import { isLoopbackHost } from '../loopback.ts';
import { type CallerAccess, readCallerAccess } from './caller-access.ts';
import { shareKey } from './key-ring.ts';
import { type Reading, readWith, required, type SettingProblem, wholeNumber } from './problems.ts';
import { DEFAULT_SCHEDULE } from './registration.ts';
import { schedulePeriodMs } from './schedule.ts';
import { readTableSettings, type TableSettings } from './table.ts';

export type QuartileSettings = {
  /** Without a trailing slash; `/login` and `/refresh` hang below it. */
  readonly baseUrl: string;
  readonly subscriptionKey: string;
  readonly username: string;
  readonly password: string;
  /** The longest one request may take. */
  readonly timeoutMs: number;
};

export type Settings = TableSettings & {
  readonly quartile: QuartileSettings;
  readonly callers: CallerAccess;
  /** A token with no more than this left is refreshed. */
  readonly marginMs: number;
  /** When the timer checks: NCRONTAB with six fields, UTC. */
  readonly schedule: string;
  /** The longest time between two of the timer's checks. */
  readonly schedulePeriodMs: number;
  /** The longest time an instance may answer without looking at the table; 0: never without. */
  readonly cacheMs: number;
  /** A pair younger than this is not rotated again for a caller; 0: no such rule. */
  readonly cooldownMs: number;
  /** What is allowed, but probably not meant: to be logged once. */
  readonly warnings: readonly string[];
};

const schema = z.object({
  QUARTILE_BASE_URL: z
    .string()
    .optional()
    .transform((text) => (text || 'https://api.quartile.com/auth/v2').replace(/\/+$/, ''))
    .refine(isAcceptableBaseUrl, 'has to be an https URL without query or credentials (http only for this machine)'),
  QUARTILE_SUBSCRIPTION_KEY: required,
  QUARTILE_USERNAME: required,
  QUARTILE_PASSWORD: required,
  QUARTILE_TIMEOUT_SECONDS: wholeNumber(10, 1, 25),
  REFRESH_SCHEDULE: z
    .string()
    .optional()
    .transform((text, context) => {
      const schedule = text || DEFAULT_SCHEDULE;
      const periodMs = schedulePeriodMs(schedule, Date.now());
      if (periodMs !== undefined) return { schedule, schedulePeriodMs: periodMs };
      context.addIssue('has to be an NCRONTAB expression of six fields that fires, such as 0 */30 * * * *');
      return z.NEVER;
    }),
  REFRESH_MARGIN_MINUTES: wholeNumber(60, 1, 1440),
  CACHE_SECONDS: wholeNumber(15, 0, 300),
  FORCED_REFRESH_COOLDOWN_SECONDS: wholeNumber(30, 0, 3600),
});

/**
 * Reads and checks every setting at once. The only reader of the environment, with `registration.ts`.
 *
 * @returns the settings, or every problem found: the setting's name and what is wrong, never its value
 */
export function readSettings(env: NodeJS.ProcessEnv = process.env): Reading<Settings> {
  const values = readWith(schema, env);
  const table = readTableSettings(env);
  const callers = readCallerAccess(env);
  const shared = table.ok && callers.ok ? sharedKeyProblems(table.value, callers.value) : [];
  if (values.ok && table.ok && callers.ok && shared.length === 0) {
    return { ok: true, value: { ...toSettings(values.value), ...table.value, callers: callers.value } };
  }
  const problems = [values, table, callers].flatMap((reading) => (reading.ok ? [] : reading.problems));
  return { ok: false, problems: [...problems, ...shared] };
}

/** A key has one purpose (NIST SP 800-57 part 1, §5.2): who may check callers' tokens need not open rows. */
function sharedKeyProblems({ encryptionKeys }: TableSettings, callers: CallerAccess): SettingProblem[] {
  if (callers.auth !== 'jwt' || !shareKey(encryptionKeys, callers.jwtKeys)) return [];
  return [{ setting: 'CALLER_JWT_KEYS', problem: 'has a key that is in TOKEN_ENCRYPTION_KEYS, too: make another one' }];
}

function toSettings(values: z.infer<typeof schema>): Omit<Settings, keyof TableSettings | 'callers'> {
  const marginMs = values.REFRESH_MARGIN_MINUTES * 60_000;
  return {
    quartile: {
      baseUrl: values.QUARTILE_BASE_URL,
      subscriptionKey: values.QUARTILE_SUBSCRIPTION_KEY,
      username: values.QUARTILE_USERNAME,
      password: values.QUARTILE_PASSWORD,
      timeoutMs: values.QUARTILE_TIMEOUT_SECONDS * 1000,
    },
    marginMs,
    ...values.REFRESH_SCHEDULE,
    cacheMs: values.CACHE_SECONDS * 1000,
    cooldownMs: values.FORCED_REFRESH_COOLDOWN_SECONDS * 1000,
    warnings: [...marginWarnings(marginMs, values.REFRESH_SCHEDULE.schedulePeriodMs), ...spaceWarnings(values)],
  };
}

function marginWarnings(marginMs: number, periodMs: number): string[] {
  if (marginMs >= periodMs) return [];
  return [
    `REFRESH_MARGIN_MINUTES (${marginMs / 60_000}) is below the period of REFRESH_SCHEDULE (${periodMs / 60_000} min): ` +
      'a token can expire between two checks, and then the first caller has to wait for a new one',
  ];
}

/** What says who we are to Quartile. */
export const CREDENTIALS = ['QUARTILE_USERNAME', 'QUARTILE_PASSWORD', 'QUARTILE_SUBSCRIPTION_KEY'] as const;

/** Credentials are sent to the letter. An editor ends a file in a line break, which then stands in the vault, too. */
function spaceWarnings(values: Record<(typeof CREDENTIALS)[number], string>): string[] {
  return CREDENTIALS.filter((name) => values[name] !== values[name].trim()).map(
    (name) => `${name} begins or ends with white space, such as a line break: it is sent as it is, and hardly meant so`,
  );
}

/** https, except on this machine (RFC 6749 §1.6 wants TLS; loopback traffic does not leave the machine). */
function isAcceptableBaseUrl(text: string): boolean {
  if (!URL.canParse(text) || /[?#\s]/.test(text)) return false; // paths are appended to the text as it is
  const url = new URL(text);
  if (url.username || url.password) return false;
  return url.protocol === 'https:' || (url.protocol === 'http:' && isLoopbackHost(url.hostname));
}
