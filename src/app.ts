/** The composition root: settings → parts, built on first use, once per process. */
import { randomUUID } from 'node:crypto';
import { createAzureCallerStore } from './callers/azure-callers.ts';
import type { LoginParts } from './callers/login.ts';
import { createLoginQueue } from './callers/login-queue.ts';
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
import { logEvent } from './telemetry/events.ts';
import type { Log } from './telemetry/log.ts';
import { processLog } from './telemetry/process-log.ts';

/** The one account there is today. More come later: it is passed along as an argument everywhere. */
export const ACCOUNT = 'default';

export type App = {
  readonly settings: Settings;
  readonly checks: CheckParts;
  readonly handOut: RenewParts;
  /** Name the credentials in use. */
  readonly fingerprints: Fingerprints;
  /** Where callers prove who they are by tokens of ours. */
  readonly callers: LoginParts | undefined;
};

/** One or more settings are missing or wrong. The message names every one of them, and no value. */
export class MisconfiguredError extends Error {
  override readonly name = 'MisconfiguredError';
}

let building: Promise<App> | undefined;

/**
 * The app of this process.
 *
 * @param log the log of the invocation that asks: it is told of problems with the settings
 * @throws {MisconfiguredError} whenever a setting is missing or wrong; no setting changes while a process lives
 */
export function getApp(log: Log): Promise<App> {
  building ??= buildApp(log);
  return building;
}

/** A monotonic clock, in milliseconds. */
const steadyMs = () => performance.now();

async function buildApp(log: Log): Promise<App> {
  const reading = readSettings();
  if (!reading.ok) throw new MisconfiguredError(describeProblems(reading.error));
  const settings = reading.value;
  for (const message of settings.warnings) logEvent(log, { name: 'settings.warning', message });
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
    handOut: {
      ...clocks,
      memory,
      rotator,
      rules,
      quickWaits: createQuickWaits(),
      logEvent: (event) => logEvent(processLog, event),
    },
    callers: await openCallers(settings),
  };
}

/** The client, and axios with it, is loaded when Quartile is first called: the first token may well lie in the table. */
function openQuartile(settings: QuartileSettings, nowMs: () => number): QuartileClient {
  let opening: Promise<QuartileClient> | undefined;
  const open = async () => (await import('./quartile/client.ts')).createQuartileClient(settings, nowMs);
  const client = () => (opening ??= open());
  return {
    login: async (signal) => (await client()).login(signal),
    refresh: async (refreshToken, signal) => (await client()).refresh(refreshToken, signal),
  };
}

async function openCallers(settings: Settings): Promise<LoginParts | undefined> {
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
    logEvent: (event) => logEvent(processLog, event),
    queue: createLoginQueue(),
  };
}

async function openTableOfSettings({ storage, tableName }: Settings): ReturnType<typeof openTable> {
  try {
    return await openTable(storage, tableName);
  } catch {
    // What the storage library throws may quote the connection string.
    throw new MisconfiguredError('TOKEN_STORAGE (or AzureWebJobsStorage) is refused by the storage library');
  }
}
