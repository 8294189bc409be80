import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import * as fc from 'fast-check';
import {
  fromCallerEntity,
  fromFailuresEntity,
  toCallerEntity,
  toFailuresEntity,
} from '../../src/callers/caller-entity.ts';
import { caller, NOW_MS } from '../fixtures.ts';

const value = fc.oneof(fc.jsonValue({ maxDepth: 1 }), fc.string({ unit: 'binary' }), fc.bigInt(), fc.json());

describe('the row of a caller', () => {
  it('comes back as it was written', () => {
    for (const lastLoginAtMs of [undefined, NOW_MS]) {
      const written = caller({ lastLoginAtMs });
      assert.deepEqual(fromCallerEntity(toCallerEntity(written)), written);
    }
  });

  it('is a caller or none, whatever its columns hold; one who can be written again', () => {
    const valid = toCallerEntity(caller({ lastLoginAtMs: NOW_MS }));
    const damage = fc.dictionary(fc.constantFrom(...Object.keys(valid)), value);
    fc.assert(
      fc.property(
        fc.oneof(
          damage.map((columns) => ({ ...valid, ...columns })),
          fc.anything(),
        ),
        (entity) => {
          const read = fromCallerEntity(entity);
          if (read) assert.deepEqual(fromCallerEntity(toCallerEntity(read)), read);
        },
      ),
      { numRuns: 1000 },
    );
  });
});

describe('the row of failed logins', () => {
  it('is a list of moments, or an empty one, whatever it holds', () => {
    fc.assert(
      fc.property(value, (failedAt) => {
        const timesMs = fromFailuresEntity({ failedAt });
        assert.deepEqual(fromFailuresEntity(toFailuresEntity('row', timesMs)), timesMs);
      }),
      { numRuns: 1000 },
    );
    const times = [NOW_MS, NOW_MS + 1];
    assert.deepEqual(fromFailuresEntity(toFailuresEntity('row', times)), times);
  });
});
