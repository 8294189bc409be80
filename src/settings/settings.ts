/** All settings. Only these files and `registration.ts` read the environment. */
import * as z from 'zod';
import { isLoopbackHost } from '../loopback.ts';
import { err, ok } from '../result.ts';
import { type KeyRing, shareKey } from './key-ring.ts';
import { runsInAzure } from './platform.ts';
import { keyRing, type Reading, readWith, required, type SettingProblem, textOr, wholeNumber } from './problems.ts';
import { DEFAULT_SCHEDULE } from './registration.ts';
import { schedulePeriodMs } from './schedule.ts';
import { readStorage, type StorageConnection } from './storage.ts';

export type QuartileSettings = {
  /** Without a trailing slash: `/login` and `/refresh` are appended to it. */
  readonly baseUrl: string;
  readonly subscriptionKey: string;
  readonly username: string;
  readonly password: string;
  /** Of one request. */
  readonly timeoutMs: number;
};

/** What it takes to read the token table. */
export type TableSettings = {
  readonly storage: StorageConnection;
  readonly tableName: string;
  /** Encrypt the tokens in the table. */
  readonly encryptionKeys: KeyRing;
};

/** How callers authenticate: with a function key, which the host checks, or with our own JWTs, which the app checks. */
export type CallerAccess =
  | { readonly auth: 'function-key' }
  | {
      readonly auth: 'jwt';
      readonly jwtKeys: KeyRing;
      /** Lifetimes of callers' own tokens. */
      readonly accessLifeMs: number;
      readonly refreshLifeMs: number;
    };

export type Settings = TableSettings & {
  readonly quartile: QuartileSettings;
  readonly callers: CallerAccess;
  /** A token with no more than this left is refreshed. */
  readonly marginMs: number;
  /** When the timer checks: NCRONTAB with six fields, UTC. */
  readonly schedule: string;
  /** The longest time an instance may answer without reading the table; 0 disables the cache. */
  readonly cacheMs: number;
  /** The shortest time between two rotations caused by reports of refused tokens; 0 disables the limit. */
  readonly cooldownMs: number;
  /** What is allowed, but probably a mistake: to be logged once. */
  readonly warnings: readonly string[];
};

/** What identifies us to Quartile. */
export const CREDENTIALS = ['QUARTILE_USERNAME', 'QUARTILE_PASSWORD', 'QUARTILE_SUBSCRIPTION_KEY'] as const;

/** The callers' table is next to the token table, so its name is taken. */
export const CALLERS_TABLE = 'callers';

/** How long Quartile's access tokens are valid. */
const TOKEN_LIFE_MINUTES = 12 * 60;

const DAY_MS = 24 * 3_600_000;

const schema = z.object({
  QUARTILE_BASE_URL: textOr('https://api.quartile.com/auth/v2')
    .transform((text) => text.replace(/\/+$/, ''))
    .refine(isAcceptableBaseUrl, 'has to be an https URL without query or credentials (http only for this machine)'),
  QUARTILE_SUBSCRIPTION_KEY: required.pipe(z.string().refine((text) => sendableInHeader(text) !== '', 'is empty')),
  QUARTILE_USERNAME: required,
  QUARTILE_PASSWORD: required,
  QUARTILE_TIMEOUT_SECONDS: wholeNumber(10, 1, 25),
  REFRESH_SCHEDULE: textOr(DEFAULT_SCHEDULE).transform((schedule, context) => {
    const periodMs = schedulePeriodMs(schedule);
    if (periodMs !== undefined) return { schedule, periodMs };
    context.addIssue('has to be an NCRONTAB expression of six fields that fires, such as 0 */30 * * * *');
    return z.NEVER;
  }),
  REFRESH_MARGIN_MINUTES: wholeNumber(60, 1, 1440),
  CACHE_SECONDS: wholeNumber(5, 0, 300),
  FORCED_REFRESH_COOLDOWN_SECONDS: wholeNumber(30, 0, 3600),
  CALLER_AUTH: z.enum(['', 'function-key', 'jwt'], { error: 'has to be function-key or jwt' }).default(''),
  CALLER_ACCESS_MINUTES: wholeNumber(15, 1, 1440),
  CALLER_REFRESH_DAYS: wholeNumber(14, 1, 90),
});
type Values = z.infer<typeof schema>;

const tableName = textOr('tokens').refine(
  (text) => /^[a-z][a-z0-9]{2,62}$/i.test(text) && !['tables', CALLERS_TABLE].includes(text.toLowerCase()),
  `has to be a table name: 3 to 63 letters and digits, starting with a letter; not tables, and not ${CALLERS_TABLE}`,
);

/**
 * Reads and checks every setting at once.
 *
 * @returns the settings, or every problem: the setting's name and what is wrong, never its value
 */
export function readSettings(env: NodeJS.ProcessEnv = process.env): Reading<Settings> {
  const values = readWith(schema, env);
  const table = readTableSettings(env);
  const jwtKeys = readJwtKeys(env);
  const shared = table.ok && jwtKeys.ok ? sharedKeyProblems(table.value.encryptionKeys, jwtKeys.value) : [];
  if (values.ok && table.ok && jwtKeys.ok && shared.length === 0) {
    return ok({ ...toSettings(values.value, jwtKeys.value), ...table.value });
  }
  const problems = [values, table, jwtKeys].flatMap((reading) => (reading.ok ? [] : reading.error));
  return err([...problems, ...shared]);
}

/** Reads where the token table is, and the keys that decrypt its rows. */
export function readTableSettings(env: NodeJS.ProcessEnv): Reading<TableSettings> {
  const values = readWith(z.object({ TOKEN_TABLE: tableName, TOKEN_ENCRYPTION_KEYS: keyRing(runsInAzure(env)) }), env);
  const storage = readStorage(env);
  if (!values.ok || !storage.ok) {
    return err([...(values.ok ? [] : values.error), ...(storage.ok ? [] : [storage.error])]);
  }
  const { TOKEN_TABLE, TOKEN_ENCRYPTION_KEYS } = values.value;
  return ok({ storage: storage.value, tableName: TOKEN_TABLE, encryptionKeys: TOKEN_ENCRYPTION_KEYS });
}

/** The keys of callers' JWTs: read, and required, only with `CALLER_AUTH=jwt`. */
function readJwtKeys(env: NodeJS.ProcessEnv): Reading<KeyRing | undefined> {
  if (env.CALLER_AUTH !== 'jwt') return ok(undefined);
  const keys = readWith(z.object({ CALLER_JWT_KEYS: keyRing(runsInAzure(env)) }), env);
  return keys.ok ? ok(keys.value.CALLER_JWT_KEYS) : keys;
}

/** A key has one purpose (NIST SP 800-57 part 1, §5.2): a key that signs callers' tokens must not decrypt rows. */
function sharedKeyProblems(encryptionKeys: KeyRing, jwtKeys: KeyRing | undefined): SettingProblem[] {
  if (!jwtKeys || !shareKey(encryptionKeys, jwtKeys)) return [];
  return [{ setting: 'CALLER_JWT_KEYS', problem: 'has a key that is also in TOKEN_ENCRYPTION_KEYS: create another' }];
}

function toSettings(values: Values, jwtKeys: KeyRing | undefined): Omit<Settings, keyof TableSettings> {
  return {
    quartile: {
      baseUrl: values.QUARTILE_BASE_URL,
      subscriptionKey: sendableInHeader(values.QUARTILE_SUBSCRIPTION_KEY),
      username: values.QUARTILE_USERNAME,
      password: values.QUARTILE_PASSWORD,
      timeoutMs: values.QUARTILE_TIMEOUT_SECONDS * 1000,
    },
    callers: jwtKeys
      ? {
          auth: 'jwt',
          jwtKeys,
          accessLifeMs: values.CALLER_ACCESS_MINUTES * 60_000,
          refreshLifeMs: values.CALLER_REFRESH_DAYS * DAY_MS,
        }
      : { auth: 'function-key' },
    marginMs: values.REFRESH_MARGIN_MINUTES * 60_000,
    schedule: values.REFRESH_SCHEDULE.schedule,
    cacheMs: values.CACHE_SECONDS * 1000,
    cooldownMs: values.FORCED_REFRESH_COOLDOWN_SECONDS * 1000,
    warnings: [...marginWarnings(values), ...credentialWarnings(values)],
  };
}

function marginWarnings({ REFRESH_MARGIN_MINUTES: margin, REFRESH_SCHEDULE: { periodMs } }: Values): string[] {
  if (margin >= TOKEN_LIFE_MINUTES) {
    return [
      `REFRESH_MARGIN_MINUTES (${margin}) is not below the life of a token (${TOKEN_LIFE_MINUTES} min): ` +
        'every check rotates the pair, however new it is',
    ];
  }
  if (margin * 60_000 >= periodMs) return [];
  return [
    `REFRESH_MARGIN_MINUTES (${margin}) is below the period of REFRESH_SCHEDULE (${periodMs / 60_000} min): ` +
      'a token can expire between two checks, and the next caller has to wait for a new one',
  ];
}

/** Text editors end a file with a line break, which is easily copied into the vault. */
function credentialWarnings(values: Values): string[] {
  const sent = { ...values, QUARTILE_SUBSCRIPTION_KEY: sendableInHeader(values.QUARTILE_SUBSCRIPTION_KEY) };
  return CREDENTIALS.flatMap((name) => {
    if (sent[name] !== values[name]) {
      return `${name} has white space at an end, or characters that a header cannot carry, such as a line break: it is sent without them`;
    }
    if (sent[name] === sent[name].trim()) return [];
    return `${name} has white space at an end, such as a line break: it is sent unchanged; this is probably a mistake`;
  });
}

/** What remains of a text in a header (RFC 9110 §5.5): no control characters, Latin-1 only, no white space at the ends. */
function sendableInHeader(text: string): string {
  return text.replaceAll(/[^\t\x20-\x7e\x80-\xff]/g, '').trim();
}

/** https, except on this machine (RFC 6749 §1.6 requires TLS; loopback traffic does not leave the machine). */
function isAcceptableBaseUrl(text: string): boolean {
  if (!URL.canParse(text) || /[?#\s]/.test(text)) return false; // paths are appended to the text itself
  const url = new URL(text);
  if (url.username || url.password) return false;
  return url.protocol === 'https:' || (url.protocol === 'http:' && isLoopbackHost(url.hostname));
}
