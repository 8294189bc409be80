import { z } from 'zod';
import { DEFAULT_SCHEDULE } from './registration.ts';
import { schedulePeriodMs } from './schedule.ts';
import { readStorage, type StorageConnection } from './storage.ts';

export type QuartileSettings = {
  /** Without a trailing slash; `/login` and `/refresh` hang below it. */
  readonly baseUrl: string;
  readonly subscriptionKey: string;
  readonly username: string;
  readonly password: string;
  /** The longest one request may take. */
  readonly timeoutMs: number;
};

export type Settings = {
  readonly quartile: QuartileSettings;
  readonly storage: StorageConnection;
  readonly tableName: string;
  /** A token with no more than this left is refreshed. */
  readonly marginMs: number;
  /** The longest time between two of the timer's checks. */
  readonly schedulePeriodMs: number;
  /** The longest time an instance may answer without looking at the table; 0: never without. */
  readonly cacheMs: number;
  /** A pair younger than this is not rotated again for a caller; 0: no such rule. */
  readonly cooldownMs: number;
  /** What is allowed, but probably not meant: to be logged once. */
  readonly warnings: readonly string[];
};

export type SettingProblem = { readonly setting: string; readonly problem: string };

export type SettingsReading =
  | { readonly ok: true; readonly settings: Settings }
  | { readonly ok: false; readonly problems: readonly SettingProblem[] };

const required = z.string({ error: 'is missing' }).min(1, 'is empty');

/** A whole number, as settings write it; an empty setting counts as absent. */
function wholeNumber(fallback: number, min: number, max: number) {
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
    .transform((text) => text || DEFAULT_SCHEDULE)
    .refine(
      (text) => schedulePeriodMs(text, Date.now()) !== undefined,
      'has to be an NCRONTAB expression of six fields that fires, such as 0 */30 * * * *',
    ),
  REFRESH_MARGIN_MINUTES: wholeNumber(60, 1, 1440),
  CACHE_SECONDS: wholeNumber(15, 0, 300),
  FORCED_REFRESH_COOLDOWN_SECONDS: wholeNumber(30, 0, 3600),
  TOKEN_TABLE: z
    .string()
    .optional()
    .transform((text) => text || 'tokens')
    .refine(
      (text) => /^[a-z][a-z0-9]{2,62}$/i.test(text) && text.toLowerCase() !== 'tables',
      'has to be a table name: 3 to 63 letters and digits, a letter first',
    ),
});

/**
 * Reads and checks every setting at once. The only reader of the environment, with `registration.ts`.
 *
 * @returns the settings, or every problem found: the setting's name and what is wrong, never its value
 */
export function readSettings(env: NodeJS.ProcessEnv = process.env): SettingsReading {
  const parsed = schema.safeParse(env);
  const storage = readStorage(env);
  if (!parsed.success || !storage.ok) {
    const issues = parsed.success ? [] : parsed.error.issues;
    const problems = issues.map((issue) => ({ setting: String(issue.path[0]), problem: issue.message }));
    return { ok: false, problems: storage.ok ? problems : [...problems, storage] };
  }
  return { ok: true, settings: toSettings(parsed.data, storage.storage) };
}

/** One line that names every problem, for logs and for the terminal. */
export function describeProblems(problems: readonly SettingProblem[]): string {
  return problems.map(({ setting, problem }) => `${setting} ${problem}`).join('; ');
}

function toSettings(values: z.infer<typeof schema>, storage: StorageConnection): Settings {
  const marginMs = values.REFRESH_MARGIN_MINUTES * 60_000;
  const periodMs = schedulePeriodMs(values.REFRESH_SCHEDULE, Date.now()) ?? Number.POSITIVE_INFINITY;
  return {
    quartile: {
      baseUrl: values.QUARTILE_BASE_URL,
      subscriptionKey: values.QUARTILE_SUBSCRIPTION_KEY,
      username: values.QUARTILE_USERNAME,
      password: values.QUARTILE_PASSWORD,
      timeoutMs: values.QUARTILE_TIMEOUT_SECONDS * 1000,
    },
    storage,
    tableName: values.TOKEN_TABLE,
    marginMs,
    schedulePeriodMs: periodMs,
    cacheMs: values.CACHE_SECONDS * 1000,
    cooldownMs: values.FORCED_REFRESH_COOLDOWN_SECONDS * 1000,
    warnings: marginWarnings(marginMs, periodMs),
  };
}

function marginWarnings(marginMs: number, periodMs: number): string[] {
  if (marginMs >= periodMs) return [];
  return [
    `REFRESH_MARGIN_MINUTES (${marginMs / 60_000}) is below the period of REFRESH_SCHEDULE (${periodMs / 60_000} min): ` +
      'a token can expire between two checks, and then the first caller has to wait for a new one',
  ];
}

/** https, except on this machine (RFC 6749 §1.6 wants TLS; loopback traffic does not leave the machine). */
function isAcceptableBaseUrl(text: string): boolean {
  if (!URL.canParse(text) || /[?#\s]/.test(text)) return false; // paths are appended to the text as it is
  const url = new URL(text);
  if (url.username || url.password) return false;
  return url.protocol === 'https:' || (url.protocol === 'http:' && isLoopbackUrl(text));
}

/** Whether a URL names this machine by its loopback interface. */
export function isLoopbackUrl(url: string): boolean {
  const { hostname } = new URL(url);
  return hostname === 'localhost' || hostname === '[::1]' || /^127(\.\d{1,3}){3}$/.test(hostname);
}
