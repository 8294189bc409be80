import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import * as fc from 'fast-check';
import { readHistory, toHistoryColumn } from '../../src/store/history-column.ts';
import { parseJson } from '../../src/parse-json.ts';
import { NOW_MS } from '../fixtures.ts';

const anything = fc.oneof(fc.anything(), fc.string({ unit: 'binary' }), fc.json());

describe('a column of JSON', () => {
  it('is parsed as JSON, and never makes `parseJson` throw', () => {
    fc.assert(fc.property(anything, (column) => assert.doesNotThrow(() => parseJson(column))));
    fc.assert(fc.property(fc.json(), (json) => assert.deepEqual(parseJson(json), JSON.parse(json))));
  });
});

describe('the history of a row', () => {
  const attempt = { at: new Date(NOW_MS).toISOString(), trigger: 'timer', kind: 'login', outcome: 'done', ms: 812 };
  const nearly = fc.array(
    fc
      .dictionary(fc.constantFrom(...Object.keys(attempt)), fc.jsonValue({ maxDepth: 1 }))
      .map((damage) => ({ ...attempt, ...damage })),
  );

  it('is a list of attempts, or an empty one, whatever the column holds, and can be written again', () => {
    const columns = fc.oneof(
      fc.string(),
      fc.json(),
      nearly.map((list) => JSON.stringify(list)),
    );
    fc.assert(
      fc.property(columns, (column) => {
        const history = readHistory(column);
        for (const { atMs } of history) assert.ok(Number.isInteger(atMs));
        assert.deepEqual(readHistory(toHistoryColumn(history)), history);
      }),
      { numRuns: 1000 },
    );
  });

  it('is bounded when it is read: the last 48 attempts, with texts of 80 characters', () => {
    const attempts = Array.from({ length: 100 }, (_, ms) => ({ ...attempt, outcome: 'x'.repeat(200), ms }));
    const history = readHistory(JSON.stringify(attempts));
    assert.deepEqual([history.length, history[0]?.ms, history[47]?.outcome], [48, 52, 'x'.repeat(80)]);
  });
});
