// One line per event on the terminal. Lines that are written in one turn of the event loop leave in one write, so that a
// busy host does not spend its time in system calls.
import { format } from 'node:util';
import type { RpcLogLevel } from './core-api.ts';

export type LogLevel = 'INFO' | 'WARN' | 'ERROR';

export interface Log {
  /** `source` is a function's name, or `host`. */
  write(level: LogLevel, source: string, message: string): void;
  /** A line for people, without time and level. */
  print(line: string): void;
  /** Writes out what waits: before the process exits. */
  flush(): void;
}

/** `write` gets whole lines; `nowMs` is the clock. */
export function createLog({ write, nowMs }: { write: (text: string) => void; nowMs: () => number }): Log {
  let waiting = '';
  const flush = () => {
    const text = waiting;
    waiting = '';
    if (text !== '') write(text);
  };
  const print = (line: string) => {
    if (waiting === '') setImmediate(flush);
    waiting += `${line}\n`;
  };
  const timestamp = createTimestamp(nowMs);
  return {
    flush,
    print,
    write: (level, source, message) => print(`${timestamp()} ${level.padEnd(5)} ${source}: ${toOneLine(message)}`),
  };
}

/** The time of a line. A busy host writes many in one millisecond. */
function createTimestamp(nowMs: () => number): () => string {
  let atMs = Number.NaN;
  let text = '';
  return () => {
    const now = nowMs();
    if (now !== atMs) [atMs, text] = [now, new Date(now).toISOString()];
    return text;
  };
}

/** The level a line is shown with; none for those below Information, which is the real host's default as well. */
export const SHOWN_LEVELS: Readonly<Record<RpcLogLevel, LogLevel | undefined>> = {
  none: undefined,
  trace: undefined,
  debug: undefined,
  information: 'INFO',
  warning: 'WARN',
  error: 'ERROR',
  critical: 'ERROR',
};

/** What an error says and where it was thrown, for one log line. */
export function describeError(error: unknown): string {
  if (!(error instanceof Error)) return String(error);
  const frames = (error.stack ?? '').split('\n').filter((line) => line.trimStart().startsWith('at '));
  return [`${error.name}: ${error.message}`, ...frames.slice(0, 3).map((frame) => frame.trim())].join(' | ');
}

function toOneLine(message: string): string {
  // Control characters could forge lines or drive the terminal.
  return message.replaceAll(/\p{Cc}+/gu, ' ');
}

/** Files what the app says outside an invocation under `app`, as the real host files what its worker prints. */
export function captureConsole(log: Log): void {
  const writeAs =
    (level: LogLevel) =>
    (...args: unknown[]) =>
      log.write(level, 'app', format(...args));
  Object.assign(console, {
    debug: () => undefined,
    log: writeAs('INFO'),
    info: writeAs('INFO'),
    warn: writeAs('WARN'),
    error: writeAs('ERROR'),
  });
}
