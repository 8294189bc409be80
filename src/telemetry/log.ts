/** Writes events to the log of an invocation, or of the process. */
import { type Level, levels, type TelemetryEvent } from './events.ts';
import { createRepeatFilter } from './repeat-filter.ts';

/** The part of an invocation's context that logs. Azure ties its lines to the invocation. */
export type Log = {
  info(message: string): void;
  warn(message: string): void;
  error(message: string): void;
};

/** Logs an event of the work that it was given to. */
export type LogEvent = (event: TelemetryEvent) => void;

const METHODS: Record<Level, keyof Log> = { info: 'info', warning: 'warn', error: 'error' };

/** For work without a running invocation. Azure stores these lines under the app. */
const processLog: Log = {
  info: (message) => console.info(message),
  warn: (message) => console.warn(message),
  error: (message) => console.error(message),
};

/** Events that requests without a key or a token can cause. The same line is written once a minute. */
const CAUSED_BY_ANYONE: ReadonlySet<TelemetryEvent['name']> = new Set([
  'settings.invalid',
  'invocation.failed',
  'caller.row_damaged',
  'caller.store_failed',
]);
const isNews = createRepeatFilter(60_000, () => Date.now());

/**
 * Writes an event as one line: its name, then its fields as JSON. The level is a field too, because the host reads it
 * there: it does not know the level of a line that the process wrote with `console`.
 */
function writeEvent(log: Log, event: TelemetryEvent): void {
  const { name, ...fields } = event;
  const level = levels[name];
  const json = JSON.stringify({ ...fields, level });
  if (!CAUSED_BY_ANYONE.has(name) || isNews(name, json)) log[METHODS[level]](`${name} ${json}`);
}

/** Logs to the process. */
export const logToProcess: LogEvent = (event) => writeEvent(processLog, event);

/**
 * Runs the work of an invocation with its log. A rotation may outlast the invocation that started it, and an invocation
 * that has ended logs nothing more: its later events go to the process.
 */
export async function logDuring<T>(invocation: Log, work: (logEvent: LogEvent) => Promise<T>): Promise<T> {
  let log = invocation;
  try {
    return await work((event) => writeEvent(log, event));
  } finally {
    log = processLog;
  }
}
