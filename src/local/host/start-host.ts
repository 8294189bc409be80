/** Puts the host together: app, timers, HTTP; and stops it. */
import { randomUUID } from 'node:crypto';
import type { Server } from 'node:http';
import { sleep } from '../../sleep.ts';
import { isTimer } from './admin.ts';
import { createHttpServer } from './http-server.ts';
import { createKey, type Keys } from './keys.ts';
import { type App, type HostFunction, loadApp, StartError } from './load-app.ts';
import { describeError, type Log } from './log.ts';
import { invoke } from './programming-model.ts';
import { planTimers, type RunningTimers, startTimers, type Timer } from './timers.ts';

export interface HostOptions {
  /** 0: any free port. */
  readonly port: number;
  readonly enableAuth: boolean;
  readonly functionKey: string | undefined;
  readonly masterKey: string | undefined;
}

/** What the parent receives over IPC. Keys only when they are checked. */
export type ReadyMessage = { readonly ready: true; readonly url: string } & Partial<Keys>;

export interface StartHostParts {
  /** The app's folder. */
  readonly dir: string;
  readonly env: NodeJS.ProcessEnv;
  readonly options: HostOptions;
  readonly log: Log;
}

/** 100 MiB, the real host's default. */
const DEFAULT_MAX_BODY_BYTES = 104_857_600;

/** What a timer function receives. `ScheduleStatus` is null in the real host, too, if it does not monitor the schedule. */
const TIMER_INPUT = { json: '{"Schedule":{"AdjustForDST":true},"ScheduleStatus":null,"IsPastDue":false}' };

/** Longer than a call to Quartile takes; a handler that hangs must not keep Ctrl-C from working. */
const STOP_TIMEOUT_MS = 30_000;

/**
 * Starts the host. Resolves when it serves.
 *
 * @throws {StartError} when it cannot
 */
export async function startHost(parts: StartHostParts): Promise<{ ready: ReadyMessage; stop: () => void }> {
  const { dir, env, options, log } = parts;
  log.print('Built-in host: a local stand-in for `func start` (Azure Functions Core Tools). It is not the real host.');
  const app = await loadApp({ dir, log });
  const planned = planTimers(app.functions.filter(isTimer), { env, log });
  const functions = app.functions.filter((fn) => !isTimer(fn) || planned.some((timer) => timer.fn === fn));
  const keys = chooseKeys(options, log);
  const inProgress = new Set<Promise<void>>();
  const track = async (work: Promise<void>) => {
    inProgress.add(work);
    await work;
    inProgress.delete(work);
  };
  const run = (fn: HostFunction, reason: 'schedule' | 'manual') => track(runTimer(fn, { app, log, reason }));

  const server = createHttpServer({
    app,
    functions,
    keys,
    maxBodyBytes: readMaxBodyBytes(env),
    log,
    track: (work) => void track(work),
    runInBackground: (fn) => void run(fn, 'manual'),
  });
  const url = await listen(server, options.port);
  const timers = startTimers(planned, (fn) => run(fn, 'schedule'));
  for (const fn of functions) log.print(describe(fn, url, planned, timers));
  if (keys !== undefined) {
    // A key that was given is known, and would only be written down once more.
    log.print(`Function key: ${options.functionKey === undefined ? keys.functionKey : '(as given)'}`);
    log.print(`Master key: ${options.masterKey === undefined ? keys.masterKey : '(as given)'}`);
  }
  log.print(`Host ready on ${url}`);
  return { ready: { ready: true, url, ...keys }, stop: createStop({ server, timers, inProgress, log }) };
}

/** `undefined` if keys are not checked. */
function chooseKeys({ enableAuth, functionKey, masterKey }: HostOptions, log: Log): Keys | undefined {
  if (enableAuth) return { functionKey: functionKey ?? createKey(), masterKey: masterKey ?? createKey() };
  const isAnyGiven = functionKey !== undefined || masterKey !== undefined;
  if (isAnyGiven) log.write('WARN', 'host', 'Keys are not checked without --enable-auth.');
  return undefined;
}

/** The real host ignores a value that is not a number. */
function readMaxBodyBytes(env: NodeJS.ProcessEnv): number {
  const text = env.FUNCTIONS_REQUEST_BODY_SIZE_LIMIT?.trim() ?? '';
  return /^\d+$/.test(text) ? Number(text) : DEFAULT_MAX_BODY_BYTES;
}

/** Runs a timer function to its end, with a line at the start and at the end. Never rejects. */
async function runTimer(
  fn: HostFunction,
  { app, log, reason }: { app: App; log: Log; reason: 'schedule' | 'manual' },
): Promise<void> {
  const invocationId = randomUUID();
  const shortId = invocationId.slice(0, 8);
  const startedAtMs = performance.now();
  const durationMs = () => Math.round(performance.now() - startedAtMs);
  log.write('INFO', fn.name, `Started (${reason}, ${shortId})`);
  try {
    await invoke(app, { fn, invocationId, input: TIMER_INPUT });
    log.write('INFO', fn.name, `Succeeded (${shortId}) in ${durationMs()} ms`);
  } catch (error) {
    log.write('ERROR', fn.name, `Failed (${shortId}) in ${durationMs()} ms: ${describeError(error)}`);
  }
}

function describe(fn: HostFunction, url: string, planned: readonly Timer[], timers: RunningTimers): string {
  if (fn.trigger.kind === 'http') return `  ${fn.name}: [${fn.trigger.methods.join(',')}] ${url}${fn.trigger.path}`;
  const timer = planned.find((one) => one.fn === fn);
  const next = timer && timers.nextRun(timer)?.toISOString();
  return `  ${fn.name}: timer ${timer?.expression}, next run ${next ?? 'never'}`;
}

/** Resolves to the base URL, without a trailing slash. */
function listen(server: Server, port: number): Promise<string> {
  return new Promise((resolve, reject) => {
    server.once('error', (error: NodeJS.ErrnoException) => {
      const problem =
        error.code === 'EADDRINUSE' ? `Port ${port} is taken` : `Cannot listen on port ${port} (${error.code})`;
      reject(new StartError(`${problem}. Choose another one with --port N`));
    });
    server.listen(port, '127.0.0.1', () => {
      const address = server.address();
      resolve(`http://127.0.0.1:${typeof address === 'object' && address !== null ? address.port : port}`);
    });
  });
}

interface StopParts {
  readonly server: Server;
  readonly timers: RunningTimers;
  readonly inProgress: ReadonlySet<Promise<void>>;
  readonly log: Log;
}

/**
 * Creates the function that stops the host. Its later calls do nothing: on Ctrl-C the terminal signals every process of the
 * group, and the launcher passes its own signal on.
 */
function createStop(parts: StopParts): () => void {
  let isStopping = false;
  return () => {
    if (!isStopping) void stop(parts);
    isStopping = true;
  };
}

/** Starts nothing more, lets requests and timer runs finish, and exits. */
async function stop({ server, timers, inProgress, log }: StopParts): Promise<void> {
  timers.stop();
  server.close();
  server.closeIdleConnections();
  log.write('INFO', 'host', 'Stopping: requests and timer runs in progress may finish.');
  const ended = new AbortController();
  void Promise.all(inProgress).then(() => ended.abort());
  await sleep(STOP_TIMEOUT_MS, ended.signal);
  if (!ended.signal.aborted) log.write('WARN', 'host', 'Some did not finish in time and are cut off.');
  process.exit(0);
}
