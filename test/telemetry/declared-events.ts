/** The events as the source declares them and as infra/README.md documents them. */
import assert from 'node:assert/strict';
import { readFileSync } from 'node:fs';
import { fileURLToPath } from 'node:url';
import { levels } from '../../src/telemetry/events.ts';

const read = (file: string) => readFileSync(fileURLToPath(new URL(`../../${file}`, import.meta.url)), 'utf8');

export type EventShape = { readonly level: string; readonly fields: readonly string[] };

/**
 * Name → level and fields of every event in `src/telemetry/events.ts`. A type does not exist at run time, so that its text
 * is read. This finds every event of the form `{ readonly name: '…'; … }`.
 */
export function declaredEvents(): Map<string, EventShape> {
  const type = /export type TelemetryEvent =([\s\S]*?\});\n\n/.exec(read('src/telemetry/events.ts'))?.[1] ?? '';
  const fieldsByName = new Map<string, string[]>();
  for (const [text] of type.matchAll(/\{\s*readonly name: [\s\S]*?\}/g)) {
    const name = /readonly name: '([\w.]+)'/.exec(text)?.[1] ?? '';
    const fields = [...text.matchAll(/readonly (\w+)\??:/g)].map(([, field = '']) => field);
    fieldsByName.set(
      name,
      fields.filter((field) => field !== 'name'),
    );
  }
  assert.deepEqual(new Set(fieldsByName.keys()), new Set(Object.keys(levels)), 'the text of events.ts is not readable');
  return new Map(
    Object.entries(levels).map(([name, level]) => [name, { level, fields: fieldsByName.get(name) ?? [] }]),
  );
}

/** Name → level and fields of every event in the table of infra/README.md. */
export function documentedEvents(): Map<string, EventShape> {
  const table =
    /^\| event \| level \| fields \|[^\n]*\n\|[-|]+\n((?:\|[^\n]*\n)+)/m.exec(read('infra/README.md'))?.[1] ?? '';
  const codes = (cell: string) => [...cell.matchAll(/`([^`]+)`/g)].map(([, code = '']) => code);
  const events = new Map<string, EventShape>();
  for (const row of table.trim().split('\n')) {
    const [, names = '', given = '', fields = ''] = row.split(/(?<!\\)\|/);
    for (const [index, name] of codes(names).entries()) {
      const level = given.split(',')[index] ?? given.split(',')[0] ?? '';
      events.set(name, { level: level.trim(), fields: codes(fields) });
    }
  }
  return events;
}
