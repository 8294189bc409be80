import { setTimeout as delay } from 'node:timers/promises';
import { describeProblems } from '../settings/problems.ts';
import { CREDENTIALS, readSettings } from '../settings/settings.ts';
import { isDevelopmentStorage } from '../settings/storage.ts';
import { createAzureTableStore } from '../store/azure-table.ts';
import { chooseAzuritePorts, isAzuriteTable, startAzurite } from './azurite.ts';
import { bundleApp, projectDir } from './bundle.ts';
import { messageOf } from './command.ts';
import { claimDataDir } from './data-dir.ts';
import { hasCoreTools, type HostProcess, startHost } from './host-process.ts';
import { howToUse } from './how-to-use.ts';
import { ensureLocalSettings, readLocalSettings } from './local-settings.ts';
import { isListening } from './ports.ts';
import { openLocatedTable } from './settings-table.ts';
import { localCredentials } from './simulator/command-line.ts';
import { startSimulator } from './simulator/simulator.ts';
import type { StartOptions } from './start-options.ts';

/** Something is in the way. The message says what, and what to do about it. */
export class StartProblem extends Error {
  override readonly name = 'StartProblem';
}

type Running = {
  readonly name: string;
  readonly simulatorUrl?: string;
  /** Of an Azurite that is not on its usual ports: what tells others where it is. */
  readonly storageSetting?: string;
  stop(): Promise<void>;
  readonly exited?: Promise<unknown>;
};

const STORAGE_SETTINGS = ['AzureWebJobsStorage', 'TOKEN_STORAGE'];
const AZURITE_TABLE_PORT = 10_002;

/** Ctrl-C is for what we start, too, and may end that before we hear of it ourselves. */
const SIGNAL_DELAY_MS = 200;

/**
 * Starts everything, tells how to use it, and runs until `signal` aborts or a part ends by itself. Whatever happens,
 * nothing that was started here is left running.
 *
 * @throws {StartProblem} when something is in the way, or a part ended by itself
 */
export async function startEverything(
  options: StartOptions,
  { env, signal }: { env: NodeJS.ProcessEnv; signal: AbortSignal },
): Promise<void> {
  const running: Running[] = [];
  try {
    const { host, settings } = await startParts(options, { env, running, signal });
    if (signal.aborted) return;
    const { simulatorUrl } = running.find((part) => part.simulatorUrl !== undefined) ?? {};
    const { storageSetting } = running.find((part) => part.storageSetting !== undefined) ?? {};
    const callersHaveTokens = settings.CALLER_AUTH === 'jwt';
    say(howToUse({ url: host.url, simulatorUrl, storageSetting, callersHaveTokens }));
    const ended = await Promise.race([aborted(signal), ...running.map(firstToEnd)]);
    if (ended !== undefined) throw new StartProblem(`${ended} ended by itself: everything else was stopped.`);
  } catch (error) {
    if (!signal.aborted) throw error; // a part that was told to stop while it started is no problem
  } finally {
    if (running.length > 0) await step('Stopping', () => stopAll(running));
  }
}

/** The last one first: the host finishes what it is at, and needs the others for that. */
async function stopAll(running: readonly Running[]): Promise<void> {
  for (const part of running.toReversed()) await part.stop();
}

async function startParts(
  options: StartOptions,
  { env, running, signal }: { env: NodeJS.ProcessEnv; running: Running[]; signal: AbortSignal },
): Promise<{ host: HostProcess; settings: NodeJS.ProcessEnv }> {
  if (await ensureLocalSettings(projectDir)) say('Made local.settings.json from local.settings.json.example.');
  const settings = await readLocalSettings(projectDir, env);
  const simulated = CREDENTIALS.every((name) => !settings[name]);
  if (simulated) Object.assign(settings, quartileSettings('http://127.0.0.1/auth/v2'));
  checkSettings(settings);
  if (await isListening(options.port)) {
    throw new StartProblem(`Port ${options.port} is taken. Choose another one: npm start -- --port N`);
  }
  const kind = await chooseHost(options.host, env);

  await step('Building dist/index.cjs', bundleApp, signal);
  signal.throwIfAborted();
  if (STORAGE_SETTINGS.some((name) => isDevelopmentStorage(settings[name]))) {
    await ensureAzurite(settings, { dataDir: options.dataDir, running, signal });
  }
  signal.throwIfAborted();
  if (simulated) {
    const simulator = await step('Starting the Quartile simulator', () => startSimulator(localCredentials), signal);
    running.push({ name: 'The Quartile simulator', simulatorUrl: simulator.url, stop: () => simulator.close() });
    Object.assign(settings, quartileSettings(simulator.baseUrl));
    if (!settings.TOKEN_TABLE && (options.dataDir !== undefined || (await holdsPair(settings)))) {
      // The pairs of another simulator, or of Quartile, mean nothing to this one; and its own nothing to them.
      settings.TOKEN_TABLE = `simulated${new URL(simulator.url).port}`;
      say(`  The storage is kept, or holds a pair already: this run has a table of its own, ${settings.TOKEN_TABLE}.`);
    }
  }
  signal.throwIfAborted();
  const title =
    kind === 'func' ? 'Starting func start' : 'Starting the built-in host (a local stand-in for func start)';
  const start = () => startHost(kind, { env: settings, port: options.port, signal });
  const host = await step(title, start, signal).catch((error) => {
    const way = kind === 'func' ? ' Without Core Tools: npm start -- --host builtin' : '';
    throw new StartProblem(`${messageOf(error)}.${way}`);
  });
  running.push({ ...host, name: 'The host' });
  return { host, settings };
}

async function chooseHost(wanted: StartOptions['host'], env: NodeJS.ProcessEnv): Promise<'builtin' | 'func'> {
  const installed = wanted !== 'builtin' && (await hasCoreTools(env));
  if (wanted === 'func' && !installed) {
    throw new StartProblem(
      'Azure Functions Core Tools (func) are not on the PATH. Without them: npm start -- --host builtin',
    );
  }
  return installed ? 'func' : 'builtin';
}

function checkSettings(settings: NodeJS.ProcessEnv): void {
  const reading = readSettings(settings);
  if (reading.ok) return;
  throw new StartProblem(
    `Settings are wrong or missing (in local.settings.json or the environment):\n` +
      reading.error.map((problem) => `  ${describeProblems([problem])}`).join('\n') +
      (CREDENTIALS.some((name) => reading.error.some(({ setting }) => setting === name))
        ? `\nFor the simulator leave ${CREDENTIALS.join(', ')} empty, all of them.`
        : ''),
  );
}

/** Uses the Azurite that runs already, but for data in a folder; else starts one, on any ports where the usual ones are taken. */
async function ensureAzurite(
  settings: NodeJS.ProcessEnv,
  { dataDir, running, signal }: { dataDir: string | undefined; running: Running[]; signal: AbortSignal },
): Promise<void> {
  if (dataDir === undefined && (await isAzuriteTable(AZURITE_TABLE_PORT))) {
    say(`Using the Azurite that runs already on port ${AZURITE_TABLE_PORT}.`);
    return;
  }
  if (dataDir !== undefined) {
    const release = await claimDataDir(dataDir).catch((error: Error) => {
      throw new StartProblem(`--data: ${error.message}.`);
    });
    running.push({ name: 'The data folder', stop: release });
  }
  const ports = await chooseAzuritePorts();
  const kept = dataDir === undefined ? 'in memory' : `data in ${dataDir}`;
  const azurite = await step(`Starting Azurite (${kept})`, () => startAzurite({ ports, dataDir }), signal);
  const names = STORAGE_SETTINGS.filter((name) => isDevelopmentStorage(settings[name]));
  for (const name of names) settings[name] = azurite.connectionString;
  const usual = azurite.tablePort === AZURITE_TABLE_PORT;
  const told = usual ? {} : { storageSetting: `${names.at(-1)}='${azurite.connectionString}'` };
  running.push({ ...azurite, name: 'Azurite', ...told });
}

/** Whether the table that would be used holds a pair already. */
async function holdsPair(settings: NodeJS.ProcessEnv): Promise<boolean> {
  const reading = readSettings(settings);
  if (!reading.ok) return false;
  const { encryptionKeys } = reading.value;
  const table = await openLocatedTable(reading.value);
  const store = createAzureTableStore(table, encryptionKeys);
  return store.read('default').then(
    (found) => found !== undefined,
    () => true, // something is there that cannot be read
  );
}

function quartileSettings(baseUrl: string): Record<string, string> {
  return {
    QUARTILE_BASE_URL: baseUrl,
    QUARTILE_USERNAME: localCredentials.username,
    QUARTILE_PASSWORD: localCredentials.password,
    QUARTILE_SUBSCRIPTION_KEY: localCredentials.subscriptionKey,
  };
}

/** Does one thing and tells how long it took. @param signal breaks it off, which is no failure */
async function step<T>(title: string, work: () => Promise<T>, signal?: AbortSignal): Promise<T> {
  say(`${title} …`);
  const startedAtMs = performance.now();
  try {
    const result = await work();
    say(`  done in ${((performance.now() - startedAtMs) / 1000).toFixed(1)} s`);
    return result;
  } catch (error) {
    if (signal) await delay(SIGNAL_DELAY_MS);
    say(signal?.aborted ? '  broken off' : '  failed');
    throw error;
  }
}

function say(text: string): void {
  process.stdout.write(`${text}\n`);
}

async function firstToEnd({ name, exited }: Running): Promise<string> {
  await (exited ?? new Promise(() => {}));
  return name;
}

function aborted(signal: AbortSignal): Promise<undefined> {
  return new Promise((resolve) => {
    if (signal.aborted) resolve(undefined);
    signal.addEventListener('abort', () => resolve(undefined));
  });
}
