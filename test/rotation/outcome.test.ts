import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import type { Reply } from '../../src/quartile/reply.ts';
import { judgeLogin, judgeRefresh } from '../../src/rotation/outcome.ts';
import { HOUR_MS, tokenSet } from '../fixtures.ts';

const LONG = HOUR_MS / 2;
const SHORT = LONG - 1;

const done: Reply = { kind: 'token-set', tokenSet: tokenSet() };
const notConnected: Reply = { kind: 'not-connected', code: 'not_connected_econnrefused' };
const keyRefused: Reply = { kind: 'key-refused', code: 'subscription_key_refused' };
const doubtful: Reply = { kind: 'doubtful', code: 'no_answer_timeout' };
const rejected: Reply = { kind: 'rejected', code: 'http_400' };

function turnedAway(status: number): Reply {
  return { kind: 'turned-away', code: `http_${status}`, status, retryAfterMs: 1000 };
}

describe('a refresh', () => {
  it('that brought a pair is done', () => {
    const outcome = judgeRefresh(done, { lifeLeftMs: 0, marginMs: HOUR_MS });
    assert.deepEqual(outcome, { outcome: 'done', tokenSet: tokenSet() });
  });

  const replies: [reply: Reply, lifeLeftMs: number, outcome: 'failed' | 'log-in', refreshTokenSpent: boolean][] = [
    [turnedAway(503), LONG, 'failed', false],
    [turnedAway(503), SHORT, 'log-in', false],
    [turnedAway(429), LONG, 'failed', false],
    [turnedAway(429), 0, 'failed', false],
    [turnedAway(403), LONG, 'failed', false],
    [turnedAway(403), 0, 'failed', false],
    [notConnected, LONG, 'failed', false],
    [notConnected, 0, 'failed', false],
    [keyRefused, LONG, 'failed', false],
    [keyRefused, 0, 'failed', false],
    [doubtful, LONG, 'log-in', true],
    [doubtful, 0, 'log-in', true],
    [rejected, LONG, 'log-in', true],
    [rejected, 0, 'log-in', true],
  ];
  for (const [reply, lifeLeftMs, outcome, refreshTokenSpent] of replies) {
    if (reply.kind === 'token-set') continue;
    const { code } = reply;
    it(`answered ${code} with ${lifeLeftMs} ms left: ${outcome}, ${refreshTokenSpent ? 'spent' : 'not spent'}`, () => {
      const judged = judgeRefresh(reply, { lifeLeftMs, marginMs: HOUR_MS });
      assert.deepEqual(judged, { outcome, code, refreshTokenSpent });
    });
  }
});

describe('a login', () => {
  it('that brought a pair is done', () => {
    assert.deepEqual(judgeLogin(done, true), { outcome: 'done', tokenSet: tokenSet() });
  });

  const replies: [reply: Reply, code: string][] = [
    [rejected, 'credentials_refused'],
    [keyRefused, 'subscription_key_refused'],
    [turnedAway(429), 'http_429'],
    [turnedAway(403), 'http_403'],
    [turnedAway(503), 'http_503'],
    [notConnected, 'not_connected_econnrefused'],
    [doubtful, 'no_answer_timeout'],
  ];
  for (const [reply, code] of replies) {
    it(`that ended in ${code} has failed, and leaves open what became of the refresh token before it`, () => {
      for (const refreshTokenSpent of [true, false]) {
        assert.deepEqual(judgeLogin(reply, refreshTokenSpent), { outcome: 'failed', code, refreshTokenSpent });
      }
    });
  }
});
