import assert from 'node:assert/strict';
import { readFileSync } from 'node:fs';
import { describe, it } from 'node:test';
import * as z from 'zod';
import { logEvent } from '../../src/telemetry/events.ts';
import { declaredEvents, documentedEvents } from './declared-events.ts';

describe('the events', () => {
  it('are all in the table of the README, and nothing else is, with level and fields', () => {
    assert.deepEqual(Object.fromEntries(documentedEvents()), Object.fromEntries(declaredEvents()));
  });

  it('are written as a name, a space and JSON: the queries of alerts and workbook read them so', () => {
    const lines: string[] = [];
    const log = { info: (line: string) => void lines.push(line), warn: assert.fail, error: assert.fail };
    logEvent(log, { name: 'token.reported', account: 'default', generation: 7 });
    assert.deepEqual(lines, ['token.reported {"account":"default","generation":7}']);
  });

  it('are not sampled away: an alert that misses one failure in ten is none', () => {
    const settings = z.object({ excludedTypes: z.string() });
    const host = z.object({
      logging: z.object({ applicationInsights: z.object({ samplingSettings: settings }) }),
    });
    const { logging } = host.parse(JSON.parse(readFileSync(new URL('../../host.json', import.meta.url), 'utf8')));
    const excluded = logging.applicationInsights.samplingSettings.excludedTypes.split(';');
    assert.deepEqual(excluded.toSorted(), ['Request', 'Trace']);
  });
});
