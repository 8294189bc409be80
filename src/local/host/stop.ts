// Stopping: nothing new, what runs may finish, then exit. Asked twice, it stops once: on Ctrl-C a terminal tells every
// process of the group, and the launcher passes its own signal on as well.
import type { Server } from 'node:http';
import type { App } from './load-app.ts';
import { describeError } from './log.ts';
import type { Log } from './log.ts';
import type { RunningTimers } from './timers.ts';
import type { WorkTracker } from './work-tracker.ts';

// Longer than any handler of a healthy app takes; a hung one must not keep Ctrl-C from working.
const REQUESTS_TIMEOUT_MS = 30_000;
const BACKGROUND_TIMEOUT_MS = 10_000;

export interface StopParts {
  app: App;
  server: Server;
  timers: RunningTimers;
  requests: WorkTracker;
  background: WorkTracker;
  log: Log;
  exit: (code: number) => void;
}

/** The function that stops the host; later calls do nothing. */
export function createStop(parts: StopParts): () => void {
  let isStopping = false;
  return () => {
    if (isStopping) return;
    isStopping = true;
    void stop(parts);
  };
}

async function stop({ app, server, timers, requests, background, log, exit }: StopParts): Promise<void> {
  log.write('INFO', 'host', 'Stopping: requests and runs under way may finish.');
  timers.stop();
  server.close();
  server.closeIdleConnections();
  const [requestsEnded, backgroundEnded] = await Promise.all([
    requests.whenIdle(REQUESTS_TIMEOUT_MS),
    background.whenIdle(BACKGROUND_TIMEOUT_MS),
  ]);
  if (!requestsEnded || !backgroundEnded) log.write('WARN', 'host', 'Some did not finish in time and are cut off.');
  try {
    const { appHookData, appLevelHookData } = app.hooks;
    await app.hooks.run('appTerminate', { hookData: appLevelHookData, appHookData });
  } catch (error) {
    log.write('ERROR', 'host', `An appTerminate hook failed: ${describeError(error)}`);
  }
  exit(0);
}
