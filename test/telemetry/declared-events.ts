/** The events as the source declares them and as infra/README.md documents them. */
import assert from 'node:assert/strict';
import { readFileSync } from 'node:fs';
import { fileURLToPath } from 'node:url';

const read = (file: string) => readFileSync(fileURLToPath(new URL(`../../${file}`, import.meta.url)), 'utf8');

export type EventShape = { readonly level: string; readonly fields: readonly string[] };

/**
 * Name → level and fields of every event in `src/telemetry/events.ts`. A type is nothing at run time, so that its text is
 * read; that finds everything as long as each event is one `{ readonly name: '…'; … }`.
 */
export function declaredEvents(): Map<string, EventShape> {
  const source = read('src/telemetry/events.ts');
  const type = /export type TelemetryEvent =([\s\S]*?\});\n\n/.exec(source)?.[1] ?? '';
  const levels = new Map(
    [...source.matchAll(/^ {2}'([\w.]+)': '(\w+)',$/gm)].map(([, name = '', level = '']) => [name, level]),
  );
  const events = new Map<string, EventShape>();
  for (const [text] of type.matchAll(/\{\s*readonly name: [\s\S]*?\}/g)) {
    const name = /readonly name: '([\w.]+)'/.exec(text)?.[1] ?? '';
    const fields = [...text.matchAll(/readonly (\w+)\??:/g)].map(([, field = '']) => field);
    events.set(name, { level: levels.get(name) ?? '', fields: fields.filter((field) => field !== 'name') });
  }
  assert.deepEqual(new Set(events.keys()), new Set(levels.keys()), 'the text of events.ts could not be read');
  return events;
}

/** Name → level and fields of every event in the table of infra/README.md. */
export function documentedEvents(): Map<string, EventShape> {
  const table =
    /^\| event \| level \| fields \|[^\n]*\n\|[-|]+\n((?:\|[^\n]*\n)+)/m.exec(read('infra/README.md'))?.[1] ?? '';
  const codes = (cell: string) => [...cell.matchAll(/`([^`]+)`/g)].map(([, code = '']) => code);
  const events = new Map<string, EventShape>();
  for (const row of table.trim().split('\n')) {
    const [, names = '', levels = '', fields = ''] = row.split(/(?<!\\)\|/);
    for (const [index, name] of codes(names).entries()) {
      const level = levels.split(',')[index] ?? levels.split(',')[0] ?? '';
      events.set(name, { level: level.trim().replace('warning', 'warn'), fields: codes(fields) });
    }
  }
  return events;
}
