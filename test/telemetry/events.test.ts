import assert from 'node:assert/strict';
import { readFileSync } from 'node:fs';
import { describe, it } from 'node:test';
import * as z from 'zod';
import { declaredEvents, documentedEvents } from './declared-events.ts';

describe('the events', () => {
  it('are exactly those in the table of infra/README.md, with level and fields', () => {
    assert.deepEqual(Object.fromEntries(documentedEvents()), Object.fromEntries(declaredEvents()));
  });

  it('are excluded from sampling, because alerts need every failure', () => {
    const settings = z.object({ excludedTypes: z.string() });
    const host = z.object({
      logging: z.object({ applicationInsights: z.object({ samplingSettings: settings }) }),
    });
    const { logging } = host.parse(JSON.parse(readFileSync(new URL('../../host.json', import.meta.url), 'utf8')));
    const excluded = logging.applicationInsights.samplingSettings.excludedTypes.split(';');
    assert.deepEqual(excluded.toSorted(), ['Request', 'Trace']);
  });
});
