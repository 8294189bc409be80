import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import * as fc from 'fast-check';
import { ok } from '../../src/result.ts';
import { readReport } from '../../src/http/token-route.ts';

function read(body: string) {
  return readReport(new Request('http://localhost/', { method: 'POST', body }));
}

describe('a report', () => {
  const accepted: [body: string, generation: number][] = [
    ['{"generation":7}', 7],
    [' { "generation" : 0 }\n', 0],
    ['{"generation":2147483647}', 2_147_483_647],
    ['{"generation":7,"reason":"401"}', 7],
  ];
  for (const [body, generation] of accepted) {
    it(`is read from ${body}`, async () => assert.deepEqual(await read(body), ok(generation)));
  }

  const refused = [
    '',
    ' ',
    '{',
    'null',
    '7',
    '[]',
    '[{"generation":7}]',
    '{}',
    '{"Generation":7}',
    '{"generation":null}',
    '{"generation":"7"}',
    '{"generation":-1}',
    '{"generation":1.5}',
    '{"generation":true}',
    '{"generation":[7]}',
    '{"generation":2147483648}',
    '{"generation":1e400}',
    'generation=7',
    `{"generation":7,"padding":"${'x'.repeat(1000)}"}`,
  ];
  for (const body of refused) {
    it(`is refused in ${body.slice(0, 40) || 'an empty body'}, and the answer says what is required`, async () => {
      const report = await read(body);
      assert.ok(!report.ok);
      assert.match(report.error, /\{"generation": N\}/);
      assert.doesNotMatch(report.error, /xxx/, 'nothing of what was sent');
    });
  }

  it('yields a generation of the body, or the same detail, for any body', async () => {
    const anything = fc.jsonValue({ maxDepth: 2 });
    const nearly = fc
      .oneof(anything, fc.double(), fc.integer(), fc.integer().map(String))
      .map((generation) => ({ generation }));
    const bodies = fc.oneof(
      fc.string(),
      fc.string({ unit: 'binary' }),
      fc.json(),
      nearly.map((body) => JSON.stringify(body)),
    );
    const refusal = await read('');
    await fc.assert(
      fc.asyncProperty(bodies, async (body) => {
        const report = await read(body);
        if (!report.ok) return assert.deepEqual(report, refusal);
        assert.ok(Number.isInteger(report.value) && report.value >= 0);
        assert.equal(report.value, Object(JSON.parse(body)).generation);
      }),
      { numRuns: 1000 },
    );
  });
});
