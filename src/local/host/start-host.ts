// Puts the host together: app → timers and routes → HTTP → ready.
import type { Server } from 'node:http';
import { createHttpServer } from './http-server.ts';
import { createInvocationId, invoke } from './invoke.ts';
import { createKey, digestKeys } from './keys.ts';
import { loadApp, readRoutePrefix, StartError } from './load-app.ts';
import type { App } from './load-app.ts';
import { describeError } from './log.ts';
import type { Log } from './log.ts';
import type { HostOptions } from './options.ts';
import { compileTemplate } from './route-template.ts';
import { compileRoutes, joinRoute } from './routes.ts';
import type { RouteEntry } from './routes.ts';
import { createStop } from './stop.ts';
import { planTimers, startTimers, TIMER_INPUT } from './timers.ts';
import type { RunningTimers, RunReason, Timer } from './timers.ts';
import type { HostFunction } from './triggers.ts';
import { createWorkTracker } from './work-tracker.ts';
import type { WorkTracker } from './work-tracker.ts';

/** What the parent is told over IPC. Keys only when they are checked. */
export interface ReadyMessage {
  ready: true;
  url: string;
  functionKey?: string;
  masterKey?: string;
}

export interface StartHostParts {
  /** The app's folder. */
  dir: string;
  env: Record<string, string | undefined>;
  options: HostOptions;
  log: Log;
  exit: (code: number) => void;
}

/** Resolves when the host serves. Throws a StartError when it cannot. */
export async function startHost(parts: StartHostParts): Promise<{ ready: ReadyMessage; stop: () => void }> {
  const { dir, env, options, log, exit } = parts;
  log.print('Built-in host: a local stand-in for `func start` (Azure Functions Core Tools). It is not the real host.');
  const prefix = readRoutePrefix(dir);
  const app = await loadApp({ dir, log });
  reportWhatIsMissing(app.functions, log);
  const routeEntries = listRoutes(app.functions, prefix, log);
  const plannedTimers = planTimers(app.functions, { env, log });

  const keys = chooseKeys(options, log);
  const requests = createWorkTracker();
  const background = createWorkTracker();
  const run = createTimerRunner({ app, background, log });
  const server = createHttpServer({
    app,
    routes: compileRoutes(prefix, routeEntries),
    functions: app.functions.filter(
      (fn) => fn.trigger.kind !== 'timer' || plannedTimers.some((timer) => timer.fn === fn),
    ),
    keys: keys && digestKeys(keys),
    log,
    requests,
    runInBackground: (fn) => void run(fn, 'manual'),
  });
  const url = await listen(server, options.port);
  const timers = startTimers(plannedTimers, run);

  for (const line of describeFunctions({ url, prefix, routeEntries, plannedTimers, timers })) log.print(line);
  if (keys !== undefined) for (const line of describeKeys(keys, options)) log.print(line);
  log.print(`Host ready on ${url}`);
  const stop = createStop({ app, server, timers, requests, background, log, exit });
  return { ready: { ready: true, url, ...keys }, stop };
}

/** Undefined where keys are not checked. */
function chooseKeys(options: HostOptions, log: Log): { functionKey: string; masterKey: string } | undefined {
  if (options.enableAuth) {
    return { functionKey: options.functionKey ?? createKey(), masterKey: options.masterKey ?? createKey() };
  }
  const isAnyGiven = options.functionKey !== undefined || options.masterKey !== undefined;
  if (isAnyGiven) log.write('WARN', 'host', 'Keys are not checked without --enable-auth.');
  return undefined;
}

/** A key that was made here has to be told. One that was given is known to whoever gave it, and would only be written down. */
function describeKeys(keys: { functionKey: string; masterKey: string }, given: HostOptions): string[] {
  return [
    `Function key: ${given.functionKey === undefined ? keys.functionKey : '(as given)'}`,
    `Master key: ${given.masterKey === undefined ? keys.masterKey : '(as given)'}`,
  ];
}

/** A line for each function that the host serves: where it is, or when it runs next. */
function describeFunctions(served: {
  url: string;
  prefix: string;
  routeEntries: readonly RouteEntry<HostFunction>[];
  plannedTimers: readonly Timer[];
  timers: RunningTimers;
}): string[] {
  const { url, prefix, routeEntries, plannedTimers, timers } = served;
  return [
    ...routeEntries.map(
      ({ route, methods, target }) =>
        `  ${target.name}: [${methods?.join(',') ?? 'all'}] ${url}/${joinRoute(prefix, route)}`,
    ),
    ...plannedTimers.map(
      (timer) =>
        `  ${timer.fn.name}: timer ${timer.expression}, next run ${timers.nextRun(timer)?.toISOString() ?? 'never'}`,
    ),
  ];
}

function reportWhatIsMissing(functions: readonly HostFunction[], log: Log): void {
  for (const { name, trigger, hasRetryPolicy } of functions) {
    if (trigger.kind === 'other') log.write('WARN', name, `This host does not run functions of type ${trigger.type}.`);
    if (hasRetryPolicy) log.write('WARN', name, 'This host ignores the retry policy.');
  }
}

/** The routes that can be served; a line in the log for each that cannot. */
function listRoutes(functions: readonly HostFunction[], prefix: string, log: Log): RouteEntry<HostFunction>[] {
  return functions.flatMap((fn) => {
    if (fn.trigger.kind !== 'http') return [];
    const { route, methods } = fn.trigger;
    try {
      compileTemplate(joinRoute(prefix, route));
      return [{ route, methods, target: fn }];
    } catch (error) {
      const problem = error instanceof Error ? error.message : String(error);
      log.write('ERROR', fn.name, `The function is switched off: in its route ${problem}.`);
      return [];
    }
  });
}

/** Runs a timer function to its end, with a line at both ends. Never rejects. */
function createTimerRunner({ app, background, log }: { app: App; background: WorkTracker; log: Log }) {
  return async (fn: HostFunction, reason: RunReason): Promise<void> => {
    const end = background.begin();
    const invocationId = createInvocationId();
    const shortId = invocationId.slice(0, 8);
    const startedAtMs = performance.now();
    const durationMs = () => Math.round(performance.now() - startedAtMs);
    log.write('INFO', fn.name, `Started (${reason}, ${shortId})`);
    try {
      await invoke(app, { fn, invocationId, input: TIMER_INPUT });
      log.write('INFO', fn.name, `Succeeded (${shortId}) in ${durationMs()} ms`);
    } catch (error) {
      log.write('ERROR', fn.name, `Failed (${shortId}) in ${durationMs()} ms: ${describeError(error)}`);
    } finally {
      end();
    }
  };
}

/** Resolves to the base URL, without a trailing slash. */
function listen(server: Server, port: number): Promise<string> {
  return new Promise((resolve, reject) => {
    server.once('error', (error: NodeJS.ErrnoException) => {
      const isTaken = error.code === 'EADDRINUSE';
      const problem = isTaken ? `Port ${port} is taken` : `Cannot listen on port ${port} (${error.code})`;
      reject(new StartError(`${problem}. Choose another one with --port N`));
    });
    server.listen(port, '127.0.0.1', () => {
      const address = server.address();
      const actualPort = typeof address === 'object' && address !== null ? address.port : port;
      resolve(`http://127.0.0.1:${actualPort}`);
    });
  });
}
