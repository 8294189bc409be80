import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import type { Moment } from '../../src/client/life.ts';
import { chooseToken, isNewer, judgeLife, type Token } from '../../src/client/token.ts';

/** Both clocks show the same. */
const at = (ms: number): Moment => ({ steadyMs: ms, wallMs: ms });

function token(overrides: Partial<Token> = {}): Token {
  const generation = overrides.generation ?? 7;
  return {
    accessToken: `token-${generation}`,
    generation,
    refreshedAtMs: generation * 60_000,
    sentAt: at(0),
    lifeMs: 600_000,
    endsAt: at(600_000),
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
      judgeLife(token(), { now: at(600_000 - leftMs), renewBeforeMs: 300_000, minTtlMs });
    assert.deepEqual(
      [300_000, 299_999, 10_000, 9_999, 1_000, 999, -1].map((leftMs) => lifeAt(leftMs)),
      ['good', 'ageing', 'ageing', 'dying', 'dying', 'dead', 'dead'],
    );
    assert.deepEqual(
      [400_000, 399_999, 999].map((leftMs) => lifeAt(leftMs, 400_000)),
      ['good', 'short', 'dead'],
    );
    assert.equal(lifeAt(2_000, 0), 'ageing');
    assert.equal(judgeLife(undefined, { now: at(0), renewBeforeMs: 0, minTtlMs: undefined }), 'dead');
  });

  it('is as old as the clock says by which more time has passed', () => {
    const life = (steadyMs: number, wallMs: number) =>
      judgeLife(token(), { now: { steadyMs, wallMs }, renewBeforeMs: 300_000, minTtlMs: undefined });
    assert.deepEqual([life(0, 600_000), life(600_000, 0), life(0, 0)], ['dead', 'dead', 'good']);
    const told = token({ sentAt: { steadyMs: 0, wallMs: 500_000 }, endsAt: { steadyMs: 101_000, wallMs: 601_000 } });
    assert.equal(chooseToken(token(), told, told.sentAt), told, 'what was told after a sleep');
  });

  it('gives way to a newer one, and to any other once it is dead', () => {
    const [older, known, newer] = [token({ generation: 6 }), token(), token({ generation: 8 })];
    assert.equal(chooseToken(undefined, known, at(0)), known);
    assert.equal(chooseToken(known, newer, at(0)), newer);
    assert.equal(chooseToken(known, older, at(0)), known);
    assert.equal(chooseToken(known, older, at(600_000)), older);
  });

  it('has the later of the ends that were told', () => {
    const told = token({ sentAt: at(10), endsAt: at(599_100) });
    assert.deepEqual(chooseToken(token(), told, at(0)), { ...told, endsAt: at(600_000) });
    assert.equal(chooseToken(token(), { ...told, endsAt: at(600_400) }, at(0)).endsAt.steadyMs, 600_400);
  });
});
