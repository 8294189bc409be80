/** One line per event on the terminal. */
import { format } from 'node:util';
import { toIso } from '../../iso-time.ts';
import type { RpcLogLevel } from './programming-model.ts';

export type LogLevel = 'INFO' | 'WARN' | 'ERROR';

export interface Log {
  /** `source` is a function's name, `app` or `host`. */
  write(level: LogLevel, source: string, message: string): void;
  /** Writes a line for people, without time and level. */
  print(line: string): void;
}

/** They could forge a line, or control the terminal. */
const CONTROL_CHARACTERS = /[\p{Cc}\p{Bidi_Control}]+/gu;

/** @param write receives one line at a time. @param nowMs the clock */
export function createLog({ write, nowMs }: { write: (text: string) => void; nowMs: () => number }): Log {
  const print = (line: string) => write(`${line}\n`);
  return {
    print,
    write: (level, source, message) =>
      print(`${toIso(nowMs())} ${level.padEnd(5)} ${source}: ${message.replaceAll(CONTROL_CHARACTERS, ' ')}`),
  };
}

/** The level that a line is shown with. Lines below Information are not shown: the real host's default. */
export const SHOWN_LEVELS: Readonly<Record<RpcLogLevel, LogLevel | undefined>> = {
  none: undefined,
  trace: undefined,
  debug: undefined,
  information: 'INFO',
  warning: 'WARN',
  error: 'ERROR',
  critical: 'ERROR',
};

/** An error's message and the first places of its stack, in one line. */
export function describeError(error: unknown): string {
  if (!(error instanceof Error)) return String(error);
  const frames = (error.stack ?? '').split('\n').filter((line) => line.trimStart().startsWith('at '));
  return [`${error.name}: ${error.message}`, ...frames.slice(0, 3).map((frame) => frame.trim())].join(' | ');
}

/** Writes what the app says outside of invocations to the log, with `app` as its source. */
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
