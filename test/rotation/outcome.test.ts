import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import type { Reply } from '../../src/quartile/reply.ts';
import { judgeLogin, judgeRefresh, judgeTurnedAway } from '../../src/rotation/outcome.ts';
import { HOUR_MS, tokenSet } from '../fixtures.ts';

const LONG = HOUR_MS / 2;
const SHORT = LONG - 1;

const done: Reply = { kind: 'token-set', tokenSet: tokenSet() };
const notConnected: Reply = { kind: 'not-connected', code: 'not_connected_econnrefused' };
const keyRefused: Reply = { kind: 'key-refused', code: 'subscription_key_refused' };
const doubtful: Reply = { kind: 'doubtful', code: 'no_answer_timeout' };
const rejected: Reply = { kind: 'rejected', code: 'http_400' };

function turnedAway(status: number): Extract<Reply, { kind: 'turned-away' }> {
  return { kind: 'turned-away', code: `http_${status}`, status, retryAfterMs: 1000 };
}

const kept = { refreshTokenSpent: false, refused: false };
const spent = { refreshTokenSpent: true, refused: false };

describe('a refresh', () => {
  it('that brought a pair is done', () => {
    assert.deepEqual(judgeRefresh(done), { outcome: 'done', tokenSet: tokenSet() });
  });

  for (const status of [429, 403, 503]) {
    it(`turned away with ${status} is sent again, as long as there is time, and its token is not spent`, () => {
      const { outcome, ...rest } = judgeRefresh(turnedAway(status));
      assert.equal(outcome, 'resend');
      assert.deepEqual(rest, { ...kept, mayLogIn: status === 503, code: `http_${status}`, retryAfterMs: 1000 });
    });
  }

  const others: [reply: Exclude<Reply, { kind: 'token-set' }>, judged: object][] = [
    [notConnected, { outcome: 'resend', mayLogIn: false, ...kept }],
    [keyRefused, { outcome: 'failed', refreshTokenSpent: false, refused: true }],
    [doubtful, { outcome: 'log-in', ...spent }],
    [rejected, { outcome: 'log-in', ...spent }],
  ];
  for (const [reply, judged] of others) {
    it(`answered ${reply.code}: ${JSON.stringify(judged)}`, () => {
      assert.deepEqual(judgeRefresh(reply), { ...judged, code: reply.code, retryAfterMs: undefined });
    });
  }
});

describe('a refresh that was turned away, with no time to send it again', () => {
  const replies: [reply: Reply, lifeLeftMs: number, outcome: 'failed' | 'log-in'][] = [
    [turnedAway(503), LONG, 'failed'],
    [turnedAway(503), SHORT, 'log-in'],
    [turnedAway(429), LONG, 'failed'],
    [turnedAway(429), 0, 'failed'],
    [turnedAway(403), 0, 'failed'],
    [notConnected, 0, 'failed'],
  ];
  for (const [reply, lifeLeftMs, outcome] of replies) {
    const judged = judgeRefresh(reply);
    if (judged.outcome !== 'resend') continue;
    const { mayLogIn: _, code, retryAfterMs } = judged;
    it(`answered ${code} with ${lifeLeftMs} ms left: ${outcome}, its token not spent`, () => {
      const last = judgeTurnedAway(judged, { lifeLeftMs, marginMs: HOUR_MS });
      assert.deepEqual(last, { ...kept, outcome, code, retryAfterMs });
    });
  }
});

describe('a login', () => {
  it('that brought a pair is done', () => {
    assert.deepEqual(judgeLogin(done, true), { outcome: 'done', tokenSet: tokenSet() });
  });

  type Case = { reply: Reply; code: string; refused?: boolean; doubted?: boolean; retryAfterMs?: number };
  const replies: Case[] = [
    { reply: rejected, code: 'credentials_refused', refused: true },
    { reply: keyRefused, code: 'subscription_key_refused', refused: true },
    { reply: turnedAway(429), code: 'http_429', retryAfterMs: 1000 },
    { reply: turnedAway(403), code: 'http_403', retryAfterMs: 1000 },
    { reply: turnedAway(503), code: 'http_503', retryAfterMs: 1000 },
    { reply: notConnected, code: 'not_connected_econnrefused' },
    { reply: doubtful, code: 'no_answer_timeout', doubted: true },
  ];
  for (const { reply, code, refused = false, doubted = false, retryAfterMs } of replies) {
    it(`that ended in ${code} has failed, and ${doubted ? 'may have spent' : 'spends'} ${doubted ? 'the' : 'no'} refresh token`, () => {
      for (const spentBefore of [true, false]) {
        const refreshTokenSpent = spentBefore || doubted;
        const expected = { outcome: 'failed', code, refused, refreshTokenSpent, retryAfterMs };
        assert.deepEqual(judgeLogin(reply, spentBefore), expected);
      }
    });
  }
});
