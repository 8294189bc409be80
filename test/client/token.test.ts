import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import { chooseToken, isNewer, judgeLife, type Token } from '../../src/client/token.ts';

function token(overrides: Partial<Token> = {}): Token {
  const generation = overrides.generation ?? 7;
  return {
    accessToken: `token-${generation}`,
    generation,
    refreshedAtMs: generation * 60_000,
    sentAtMs: 0,
    endsAtMs: 600_000,
    ...overrides,
  };
}

describe('a token', () => {
  it('is newer by its generation', () => {
    assert.ok(isNewer(token({ generation: 8 }), token()));
    assert.ok(!isNewer(token({ generation: 6 }), token()));
    assert.ok(!isNewer(token(), token()));
    assert.ok(isNewer(token({ generation: 8, refreshedAtMs: Number.NaN }), token()));
    assert.ok(isNewer(token({ generation: 8, refreshedAtMs: 0 }), token()), 'whatever the clocks say');
  });

  it('is newer where generations began anew, and never for what clocks differ by', () => {
    const anew = { generation: 1, accessToken: 'anew' };
    assert.ok(isNewer(token({ ...anew, refreshedAtMs: 7 * 60_000 + 5_001 }), token()));
    assert.ok(!isNewer(token({ ...anew, refreshedAtMs: 7 * 60_000 + 5_000 }), token()));
    assert.ok(!isNewer(token({ ...anew, refreshedAtMs: Number.NaN }), token()));
    assert.ok(!isNewer(token({ refreshedAtMs: 99 * 60_000 }), token()), 'the very same one');
  });

  it('is good, then ageing, then dying, then dead', () => {
    const lifeAt = (leftMs: number, minTtlMs?: number) =>
      judgeLife(token(), { nowMs: 600_000 - leftMs, renewBeforeMs: 300_000, minTtlMs });
    assert.deepEqual(
      [300_000, 299_999, 10_000, 9_999, 1_000, 999, -1].map((leftMs) => lifeAt(leftMs)),
      ['good', 'ageing', 'ageing', 'dying', 'dying', 'dead', 'dead'],
    );
    assert.deepEqual(
      [400_000, 399_999, 999].map((leftMs) => lifeAt(leftMs, 400_000)),
      ['good', 'short', 'dead'],
    );
    assert.equal(lifeAt(2_000, 0), 'ageing');
    assert.equal(judgeLife(undefined, { nowMs: 0, renewBeforeMs: 0, minTtlMs: undefined }), 'dead');
  });

  it('gives way to a newer one, and to any other once it is dead', () => {
    const [older, known, newer] = [token({ generation: 6 }), token(), token({ generation: 8 })];
    assert.equal(chooseToken(undefined, known, 0), known);
    assert.equal(chooseToken(known, newer, 0), newer);
    assert.equal(chooseToken(known, older, 0), known);
    assert.equal(chooseToken(known, older, 600_000), older);
  });

  it('has the later of the ends that were told', () => {
    const told = token({ sentAtMs: 10, endsAtMs: 599_100 });
    assert.deepEqual(chooseToken(token(), told, 0), { ...told, endsAtMs: 600_000 });
    assert.equal(chooseToken(token(), { ...told, endsAtMs: 600_400 }, 0).endsAtMs, 600_400);
  });
});
