import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import { chooseToken, isAlive, isNewer, leftMs, type Moment, type Token } from '../../src/client/token.ts';

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
    assert.ok(
      isNewer(token({ generation: 8, refreshedAtMs: 0 }), token()),
      'by its generation, whatever the clocks say',
    );
  });

  it('is newer if generations started again, but never because of the difference between clocks', () => {
    const anew = { generation: 1, accessToken: 'anew' };
    assert.ok(isNewer(token({ ...anew, refreshedAtMs: 7 * 60_000 + 5_001 }), token()));
    assert.ok(!isNewer(token({ ...anew, refreshedAtMs: 7 * 60_000 + 5_000 }), token()));
    assert.ok(!isNewer(token({ ...anew, refreshedAtMs: Number.NaN }), token()));
    assert.ok(!isNewer(token({ refreshedAtMs: 99 * 60_000 }), token()), 'the same one');
  });

  it('is valid until one second before its end', () => {
    assert.deepEqual([isAlive(token(), at(599_000)), isAlive(token(), at(599_001))], [true, false]);
  });

  it('counts its life by the clock on which more time has passed', () => {
    const lifeAt = (steadyMs: number, wallMs: number) => leftMs(token().endsAt, { steadyMs, wallMs });
    assert.deepEqual([lifeAt(0, 600_000), lifeAt(600_000, 0), lifeAt(0, 0)], [0, 0, 600_000]);
    const received = token({
      sentAt: { steadyMs: 0, wallMs: 500_000 },
      endsAt: { steadyMs: 101_000, wallMs: 601_000 },
    });
    assert.equal(chooseToken(token(), received, received.sentAt), received, 'received after a sleep');
  });

  it('is replaced by a newer one, and by any other after its end', () => {
    const [older, known, newer] = [token({ generation: 6 }), token(), token({ generation: 8 })];
    assert.equal(chooseToken(undefined, known, at(0)), known);
    assert.equal(chooseToken(known, newer, at(0)), newer);
    assert.equal(chooseToken(known, older, at(0)), known);
    assert.equal(chooseToken(known, older, at(600_000)), older);
  });

  it('keeps the later of two ends', () => {
    const received = token({ sentAt: at(10), endsAt: at(599_100) });
    assert.deepEqual(chooseToken(token(), received, at(0)), { ...received, endsAt: at(600_000) });
    assert.equal(chooseToken(token(), { ...received, endsAt: at(600_400) }, at(0)).endsAt.steadyMs, 600_400);
  });
});
