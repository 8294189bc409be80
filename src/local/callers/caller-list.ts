/** The table that `npm run callers -- list` prints. Pure. */
import { type Caller, isCallerName } from '../../callers/caller-store.ts';
import { isCurrentHash } from '../../callers/client-secret.ts';
import { toIso } from '../../iso-time.ts';

/** One line for each caller, in columns; then a line for each caller whose secret has an old hash. */
export function renderCallers(callers: readonly Caller[]): string {
  if (callers.length === 0) return 'no callers yet';
  const lines = callers.map(({ name, createdAtMs, disabled, lastLoginAtMs }) => [
    name,
    toSeconds(createdAtMs),
    disabled ? 'yes' : 'no',
    lastLoginAtMs === undefined ? 'never' : toSeconds(lastLoginAtMs),
  ]);
  const table = [['name', 'created', 'disabled', 'last login'], ...lines];
  const widths = table[0]?.map((_, column) => Math.max(...table.map((line) => line[column]?.length ?? 0))) ?? [];
  const rendered = table.map((line) => line.map((cell, column) => cell.padEnd(widths[column] ?? 0)).join('  '));
  return [...rendered.map((line) => line.trimEnd()), ...describeOldHashes(callers)].join('\n');
}

function describeOldHashes(callers: readonly Caller[]): string[] {
  return callers
    .filter(({ secretHash }) => !isCurrentHash(secretHash))
    .map(
      ({ name }) =>
        `${name} cannot log in, because its secret has an old hash: npm run callers -- rotate-secret ${name}`,
    );
}

/** One line for each damaged row. A key that is not a valid name is not printed: a terminal might interpret it. */
export function describeDamaged(rowKeys: readonly string[]): string[] {
  const names = rowKeys.filter(isCallerName);
  const lines = names.map((name) => `${name} is damaged: npm run callers -- remove ${name}, then add it again`);
  const others = rowKeys.length - names.length;
  const what = others === 1 ? '1 row has a key' : `${others} rows have keys`;
  return others === 0 ? lines : [...lines, `${what} that cannot be a caller's name: delete with other tools`];
}

function toSeconds(ms: number): string {
  return toIso(ms).replace(/\.\d+Z$/, 'Z');
}
