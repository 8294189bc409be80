import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import { chooseToken, isAlive, isNewer, leftMs, mayBeCached, type Moment, type Token } from '../../src/client/token.ts';

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
    assert.equal(chooseToken(token(), received, received.sentAt, true), received, 'received after a sleep');
  });

  it('is replaced by a newer one, and by any other after its end', () => {
    const [older, known, newer] = [token({ generation: 6 }), token(), token({ generation: 8 })];
    assert.equal(chooseToken(undefined, known, at(0), false), known);
    assert.equal(chooseToken(known, newer, at(0), false), newer);
    assert.equal(chooseToken(known, older, at(0), false), known);
    assert.equal(chooseToken(known, older, at(600_000), false), older);
  });

  it('never ends later than it was first said to, unless no cache can have answered', () => {
    const received = token({ sentAt: at(10), endsAt: at(600_400) });
    assert.deepEqual(chooseToken(token(), received, at(0), false), { ...received, endsAt: at(600_000) });
    assert.equal(chooseToken(token(), received, at(0), true), received);
    const shorter = token({ sentAt: at(10), endsAt: at(599_100) });
    assert.equal(chooseToken(token(), shorter, at(0), false), shorter);
  });

  it('may come from a cache if its end is later than before, or if it is an older one', () => {
    const [older, known, newer] = [token({ generation: 6 }), token(), token({ generation: 8 })];
    const endingAt = (ms: number) => token({ endsAt: at(ms) });
    assert.deepEqual(
      [older, newer, known, endingAt(605_000), endingAt(605_001)].map((one) => mayBeCached(one, known, at(0))),
      [true, false, false, false, true],
    );
    assert.equal(mayBeCached(known, undefined, at(0)), false);
  });
});
