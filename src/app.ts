/** The composition root: settings → parts, built on first use, once per process. */
import { randomUUID } from 'node:crypto';
import { createAzureCallerStore } from './callers/azure-callers.ts';
import type { CallerParts } from './callers/login.ts';
import { createRefusedLogins, type RefusedLogins } from './callers/refused-logins.ts';
import { createQuickWaits, type RenewParts } from './hand-out/renew.ts';
import { createRowMemory } from './hand-out/row-memory.ts';
import type { QuartileClient } from './quartile/client.ts';
import { fingerprintCredentials, type Fingerprints } from './quartile/fingerprint.ts';
import type { CheckParts } from './rotation/check-account.ts';
import { sleep } from './sleep.ts';
import { createRotator } from './rotation/rotator.ts';
import { describeProblems } from './settings/problems.ts';
import { CALLERS_TABLE, type QuartileSettings, readSettings, type Settings } from './settings/settings.ts';
import { createAzureTableStore, openTable } from './store/azure-table.ts';
import { STORE_REQUEST_TIMEOUT_MS } from './store/table-requests.ts';
import { type LogEvent, logToProcess } from './telemetry/log.ts';

/** Today's only account. More come later: everything receives it as an argument. */
export const ACCOUNT = 'default';

export type App = {
  readonly settings: Settings;
  readonly checks: CheckParts;
  /** Without a log: each invocation has its own. */
  readonly handOut: Omit<RenewParts, 'logEvent'>;
  /** Identify the credentials in use. */
  readonly fingerprints: Fingerprints;
  /** Only with `CALLER_AUTH=jwt`. */
  readonly callers: CallersApp | undefined;
};

export type CallersApp = Omit<CallerParts, 'logEvent'> & { readonly refusedLogins: RefusedLogins };

/** One or more settings are missing or wrong. The message names all of them, and no value. */
export class MisconfiguredError extends Error {
  override readonly name = 'MisconfiguredError';
}

let building: Promise<App> | undefined;

/**
 * The app of this process.
 *
 * @param logEvent receives warnings about the settings, if the app is not built yet
 * @throws {MisconfiguredError} if a setting is missing or wrong; settings do not change while a process lives
 */
export function getApp(logEvent: LogEvent): Promise<App> {
  building ??= buildApp(logEvent);
  return building;
}

/** A monotonic clock, in milliseconds. */
const steadyMs = () => performance.now();

async function buildApp(logEvent: LogEvent): Promise<App> {
  const reading = readSettings();
  if (!reading.ok) throw new MisconfiguredError(describeProblems(reading.error));
  const settings = reading.value;
  for (const message of settings.warnings) logEvent({ name: 'settings.warning', message });
  const nowMs = Date.now;
  const { marginMs, cacheMs, cooldownMs, encryptionKeys } = settings;
  const store = createAzureTableStore(await openTableOfSettings(settings), encryptionKeys);
  const fingerprints = fingerprintCredentials(settings.quartile, encryptionKeys);
  const rules = { marginMs, cooldownMs, fingerprints };
  const memory = createRowMemory({ store, nowMs, steadyMs, cacheMs });
  const clocks = { nowMs, steadyMs, sleep, random: Math.random };
  const rotator = createRotator({
    ...clocks,
    store: memory.store,
    generationSeen: memory.highestGeneration,
    quartile: openQuartile(settings.quartile, nowMs),
    rules,
    requestTimeoutMs: settings.quartile.timeoutMs,
    newId: randomUUID,
    abortAfter: (ms) => AbortSignal.timeout(Math.ceil(ms)), // it refuses fractions of a millisecond
  });
  return {
    settings,
    fingerprints,
    checks: { rotator, nowMs, sleep },
    handOut: { ...clocks, memory, rotator, rules, quickWaits: createQuickWaits() },
    callers: await openCallers(settings),
  };
}

/** Loads the client, and axios, at the first call to Quartile: a valid token may already be in the table. */
function openQuartile(settings: QuartileSettings, nowMs: () => number): QuartileClient {
  let opening: Promise<QuartileClient> | undefined;
  const open = async () => (await import('./quartile/client.ts')).createQuartileClient(settings, nowMs);
  const client = () => (opening ??= open());
  return {
    login: async (signal) => (await client()).login(signal),
    refresh: async (refreshToken, signal) => (await client()).refresh(refreshToken, signal),
  };
}

async function openCallers(settings: Settings): Promise<CallersApp | undefined> {
  if (settings.callers.auth !== 'jwt') return undefined;
  const { jwtKeys, accessLifeMs, refreshLifeMs } = settings.callers;
  const table = await openTableOfSettings({ ...settings, tableName: CALLERS_TABLE });
  const store = createAzureCallerStore(table, STORE_REQUEST_TIMEOUT_MS);
  return {
    store,
    keys: jwtKeys,
    accessLifeMs,
    refreshLifeMs,
    nowMs: Date.now,
    newId: randomUUID,
    refusedLogins: createRefusedLogins(logToProcess),
  };
}

async function openTableOfSettings({ storage, tableName }: Settings): ReturnType<typeof openTable> {
  try {
    return await openTable(storage, tableName);
  } catch {
    // The storage library's error may quote the connection string.
    throw new MisconfiguredError('TOKEN_STORAGE (or AzureWebJobsStorage) is refused by the storage library');
  }
}
