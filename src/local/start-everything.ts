/** What `npm start` does: builds, starts the parts one after the other, and stops all of them. */
import { once } from 'node:events';
import { mkdir } from 'node:fs/promises';
import { describeProblems } from '../settings/problems.ts';
import { CREDENTIALS, readSettings } from '../settings/settings.ts';
import { isDevelopmentStorage } from '../settings/storage.ts';
import { sleep } from '../sleep.ts';
import { createAzureTableStore } from '../store/azure-table.ts';
import { chooseAzuritePorts, isAzuriteTable, startAzurite, USUAL_TABLE_PORT } from './azurite.ts';
import { bundleApp, projectDir } from './bundle.ts';
import { messageOf, say } from './command.ts';
import { hasCoreTools, type HostKind, type HostProcess, startHost } from './host-process.ts';
import { howToUse } from './how-to-use.ts';
import { ensureLocalSettings, readLocalSettings, withoutLocalProxy } from './local-settings.ts';
import { isListening } from './ports.ts';
import { openLocatedTable } from './settings-table.ts';
import { localCredentials } from './simulator/state.ts';
import { startSimulator } from './simulator/simulator.ts';

export type StartOptions = {
  readonly port: number;
  readonly host: HostKind | 'auto';
  readonly dataDir: string | undefined;
};

/** A part that was started here. */
type Part = {
  readonly name: string;
  stop(): Promise<void>;
  readonly exited?: Promise<unknown>;
};

/** What is known of the run so far. The parts are in the order of their start. */
type Run = {
  readonly options: StartOptions;
  /** Parts change them: where the simulator and Azurite are. */
  readonly settings: NodeJS.ProcessEnv;
  readonly signal: AbortSignal;
  readonly parts: Part[];
  simulatorUrl?: string;
  /** NAME=VALUE, if Azurite does not use its usual ports. */
  storageSetting?: string;
};

const STORAGE_SETTINGS = ['AzureWebJobsStorage', 'TOKEN_STORAGE'];

/** Ctrl-C also reaches the processes that a step starts. A step may fail by it before this process receives the signal. */
const SIGNAL_DELAY_MS = 200;

/**
 * Starts everything, prints how to use it, and runs until `signal` aborts or a part ends by itself. In any case it stops
 * what it has started.
 *
 * @throws an error that says what prevents the start and what to do about it, or which part ended by itself
 */
export async function startEverything(
  options: StartOptions,
  { env, signal }: { env: NodeJS.ProcessEnv; signal: AbortSignal },
): Promise<void> {
  const parts: Part[] = [];
  try {
    if (await ensureLocalSettings(projectDir)) say('Created local.settings.json from local.settings.json.example.');
    const run: Run = { options, settings: await readLocalSettings(projectDir, env), signal, parts };
    const { url } = await startParts(run);
    if (signal.aborted) return;
    const callersHaveTokens = run.settings.CALLER_AUTH === 'jwt';
    say(howToUse({ url, callersHaveTokens, simulatorUrl: run.simulatorUrl, storageSetting: run.storageSetting }));
    const ended = await Promise.race([once(signal, 'abort'), ...parts.map(firstToEnd)]);
    if (typeof ended === 'string') throw new Error(`${ended} ended by itself: everything else was stopped.`);
  } catch (error) {
    if (!signal.aborted) throw error; // a part that was stopped while it started is no problem
  } finally {
    // In reverse: the host finishes its work, and needs the others for that.
    if (parts.length > 0)
      await step('Stopping', async () => {
        for (const part of parts.toReversed()) await part.stop();
      });
  }
}

async function startParts(run: Run): Promise<HostProcess> {
  const { options, settings, signal } = run;
  const isSimulated = CREDENTIALS.every((name) => !settings[name]);
  if (isSimulated) Object.assign(settings, quartileSettings('http://127.0.0.1/auth/v2'));
  checkSettings(settings);
  if (await isListening(options.port)) {
    throw new Error(`Port ${options.port} is taken. Choose another one: npm start -- --port N`);
  }
  const kind = chooseHost(options.host, settings);
  await step('Building dist/index.cjs', bundleApp, signal);
  signal.throwIfAborted();
  if (STORAGE_SETTINGS.some((name) => isDevelopmentStorage(settings[name]))) await ensureAzurite(run);
  signal.throwIfAborted();
  if (isSimulated) await addSimulator(run);
  signal.throwIfAborted();
  return addHost(kind, run);
}

function checkSettings(settings: NodeJS.ProcessEnv): void {
  const reading = readSettings(settings);
  if (reading.ok) return;
  const lines = reading.error.map((problem) => `  ${describeProblems([problem])}`);
  const isCredential = reading.error.some(({ setting }) => CREDENTIALS.some((name) => name === setting));
  throw new Error(
    [
      'Settings are wrong or missing (in local.settings.json or the environment):',
      ...lines,
      ...(isCredential ? [`To use the simulator, leave ${CREDENTIALS.join(', ')} empty, all of them.`] : []),
    ].join('\n'),
  );
}

function chooseHost(wanted: StartOptions['host'], env: NodeJS.ProcessEnv): HostKind {
  const isInstalled = wanted !== 'builtin' && hasCoreTools(env);
  if (wanted === 'func' && !isInstalled) {
    throw new Error('Azure Functions Core Tools (func) are not on the PATH. Without them: npm start -- --host builtin');
  }
  return isInstalled ? 'func' : 'builtin';
}

/** Uses the Azurite that is running, unless the data has a folder; else starts one, on other ports if the usual are taken. */
async function ensureAzurite(run: Run): Promise<void> {
  const { settings, parts, signal } = run;
  const { dataDir } = run.options;
  if (dataDir === undefined && (await isAzuriteTable(USUAL_TABLE_PORT))) {
    say(`Using the Azurite that is running on port ${USUAL_TABLE_PORT}.`);
    return;
  }
  if (dataDir !== undefined) {
    await mkdir(dataDir, { recursive: true, mode: 0o700 }).catch((error) => {
      throw new Error(`--data: data cannot be kept in ${dataDir} (${messageOf(error)}).`);
    });
  }
  const ports = await chooseAzuritePorts();
  const where = dataDir === undefined ? 'in memory' : `data in ${dataDir}`;
  const azurite = await step(`Starting Azurite (${where})`, () => startAzurite({ ports, dataDir }), signal);
  parts.push({ ...azurite, name: 'Azurite' });
  const names = STORAGE_SETTINGS.filter((name) => isDevelopmentStorage(settings[name]));
  for (const name of names) settings[name] = azurite.connectionString;
  if (azurite.tablePort !== USUAL_TABLE_PORT) run.storageSetting = `${names.at(-1)}='${azurite.connectionString}'`;
}

async function addSimulator(run: Run): Promise<void> {
  const { settings, options } = run;
  const simulator = await step('Starting the Quartile simulator', () => startSimulator(localCredentials), run.signal);
  run.parts.push({ name: 'The Quartile simulator', stop: () => simulator.close() });
  run.simulatorUrl = simulator.url;
  Object.assign(settings, quartileSettings(simulator.baseUrl));
  if (!settings.TOKEN_TABLE && (options.dataDir !== undefined || (await holdsPair(settings)))) {
    // This simulator does not know pairs of another one, or of Quartile; and theirs must not be replaced.
    settings.TOKEN_TABLE = `simulated${new URL(simulator.url).port}`;
    say(`  The storage is kept, or holds a pair already: this run uses its own table, ${settings.TOKEN_TABLE}.`);
  }
}

async function addHost(kind: HostKind, { settings, options, parts, signal }: Run): Promise<HostProcess> {
  const name = kind === 'func' ? 'func start' : 'the built-in host (a local stand-in for func start)';
  // Core Tools reach Azurite through the proxy, too, unless told otherwise.
  const start = () => startHost(kind, { env: withoutLocalProxy(settings), port: options.port, signal });
  const host = await step(`Starting ${name}`, start, signal).catch((error) => {
    const advice = kind === 'func' ? ' Without Core Tools: npm start -- --host builtin' : '';
    throw new Error(`${messageOf(error)}.${advice}`);
  });
  parts.push({ ...host, name: 'The host' });
  return host;
}

/** Whether the table that would be used holds a pair already. */
async function holdsPair(settings: NodeJS.ProcessEnv): Promise<boolean> {
  const reading = readSettings(settings);
  if (!reading.ok) return false;
  const table = await openLocatedTable(reading.value);
  const store = createAzureTableStore(table, reading.value.encryptionKeys);
  return store.read('default').then(
    (found) => found !== undefined,
    () => true, // there is something that cannot be read
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

/** Does one thing and prints how long it took. @param signal when it aborts, an error is no failure */
async function step<T>(title: string, work: () => Promise<T>, signal?: AbortSignal): Promise<T> {
  say(`${title} …`);
  const startedAtMs = performance.now();
  try {
    const result = await work();
    say(`  done in ${((performance.now() - startedAtMs) / 1000).toFixed(1)} s`);
    return result;
  } catch (error) {
    if (signal) await sleep(SIGNAL_DELAY_MS, signal);
    say(signal?.aborted ? '  cancelled' : '  failed');
    throw error;
  }
}

async function firstToEnd({ name, exited }: Part): Promise<string> {
  await (exited ?? new Promise(() => {}));
  return name;
}
