/** The table that `npm run callers -- list` prints. Pure. */
import { isCallerName } from '../../callers/caller-name.ts';
import type { Caller } from '../../callers/caller-store.ts';
import { recentFailures, waitMs } from '../../callers/login-throttle.ts';

export type ListedCaller = { readonly caller: Caller; readonly failuresMs: readonly number[] };

/** One line for each caller, in columns. */
export function renderCallers(callers: readonly ListedCaller[], nowMs: number): string {
  if (callers.length === 0) return 'no callers yet';
  const lines = callers.map(({ caller, failuresMs }) => [
    caller.name,
    toSeconds(caller.createdAtMs),
    caller.disabled ? 'yes' : 'no',
    caller.lastLoginAtMs === undefined ? 'never' : toSeconds(caller.lastLoginAtMs),
    describeFailures(failuresMs, nowMs),
  ]);
  const table = [['name', 'created', 'disabled', 'last login', 'failed logins'], ...lines];
  const widths = table[0]?.map((_, column) => Math.max(...table.map((line) => line[column]?.length ?? 0))) ?? [];
  return table
    .map((line) => line.map((cell, column) => cell.padEnd(widths[column] ?? 0)).join('  '))
    .map((line) => line.trimEnd())
    .join('\n');
}

/** One line for each row that lets nobody in. A key that is no name is not printed: a terminal might obey it. */
export function describeDamaged(rowKeys: readonly string[]): string[] {
  const names = rowKeys.filter(isCallerName);
  const lines = names.map((name) => `${name} is damaged: npm run callers -- remove ${name}, then add it again`);
  const others = rowKeys.length - names.length;
  const what = others === 1 ? 'row has a key' : 'rows have keys';
  return others === 0 ? lines : [...lines, `${others} ${what} that nobody can be called by: delete by other means`];
}

function describeFailures(timesMs: readonly number[], nowMs: number): string {
  const left = waitMs(timesMs, nowMs);
  const count = recentFailures(timesMs, nowMs).length;
  return left > 0 ? `${count}, has to wait ${Math.ceil(left / 1000)} s` : String(count);
}

function toSeconds(ms: number): string {
  return new Date(ms).toISOString().replace(/\.\d+Z$/, 'Z');
}
