import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import type { Reply } from '../../src/quartile/reply.ts';
import { judgeLogin, judgeRefresh, judgeTurnedAway } from '../../src/rotation/outcome.ts';
import { HOUR_MS, tokenSet } from '../fixtures.ts';

const LONG = HOUR_MS / 2;
const SHORT = LONG - 1;

const received = { tokenSet: tokenSet(), notes: ['access_life_corrected'] } as const;
const done: Reply = { kind: 'token-set', ...received };
const overQuota = { kind: 'not-processed', code: 'http_429', mayLogIn: false, retryAfterMs: 1000 } as const;
const unavailable = { kind: 'not-processed', code: 'http_503', mayLogIn: true, retryAfterMs: 1000 } as const;
const keyRefused = { kind: 'key-refused', code: 'subscription_key_refused' } as const;
const doubtful = { kind: 'doubtful', code: 'no_answer_timeout' } as const;
const intermediary = { kind: 'intermediary', code: 'http_404' } as const;
const rejected = { kind: 'rejected', code: 'http_400' } as const;

const plain = { refused: false, longBackOff: false, retryAfterMs: undefined };
const kept = { ...plain, refreshTokenSpent: false };
const spent = { ...plain, refreshTokenSpent: true };

describe('a refresh', () => {
  it('that brought a pair is done, and passes on what was odd about it', () => {
    assert.deepEqual(judgeRefresh(done), { outcome: 'done', ...received });
  });

  const others: [reply: Exclude<Reply, { kind: 'token-set' }>, judged: object][] = [
    [overQuota, { ...kept, outcome: 'resend', mayLogIn: false, retryAfterMs: 1000 }],
    [unavailable, { ...kept, outcome: 'resend', mayLogIn: true, retryAfterMs: 1000 }],
    [keyRefused, { ...kept, outcome: 'failed', refused: true }],
    [doubtful, { ...spent, outcome: 'log-in' }],
    [intermediary, { ...spent, outcome: 'log-in' }],
    [rejected, { ...spent, outcome: 'log-in' }],
  ];
  for (const [reply, judged] of others) {
    it(`with the reply ${reply.kind} (${reply.code}): ${JSON.stringify(judged)}`, () => {
      assert.deepEqual(judgeRefresh(reply), { ...judged, code: reply.code });
    });
  }
});

describe('a refresh that was not processed, with no time to send it again', () => {
  const replies: [reply: Reply, lifeLeftMs: number, outcome: 'failed' | 'log-in'][] = [
    [unavailable, LONG, 'failed'],
    [unavailable, SHORT, 'log-in'],
    [overQuota, LONG, 'failed'],
    [overQuota, 0, 'failed'],
  ];
  for (const [reply, lifeLeftMs, outcome] of replies) {
    const judged = judgeRefresh(reply);
    assert.ok(judged.outcome === 'resend');
    const { code, retryAfterMs } = judged;
    it(`(${code}) and ${lifeLeftMs} ms left: ${outcome}; its token is not spent`, () => {
      const last = judgeTurnedAway(judged, { lifeLeftMs, marginMs: HOUR_MS });
      assert.deepEqual(last, { ...kept, outcome, code, retryAfterMs });
    });
  }
});

describe('a login', () => {
  it('that brought a pair is done, and passes on what was odd about it', () => {
    assert.deepEqual(judgeLogin(done, true), { outcome: 'done', ...received });
  });

  const replies: [reply: Exclude<Reply, { kind: 'token-set' }>, judged: object][] = [
    [rejected, { code: 'credentials_refused', refused: true }],
    [keyRefused, { code: 'subscription_key_refused', refused: true }],
    [intermediary, { code: 'http_404', longBackOff: true }],
    [overQuota, { code: 'http_429', retryAfterMs: 1000 }],
    [unavailable, { code: 'http_503', retryAfterMs: 1000 }],
    [doubtful, { code: 'no_answer_timeout' }],
  ];
  for (const [reply, judged] of replies) {
    it(`with the reply ${reply.kind} (${reply.code}) has failed, and says nothing of the refresh token`, () => {
      for (const refreshTokenSpent of [true, false]) {
        const expected = { ...plain, outcome: 'failed', refreshTokenSpent, ...judged };
        assert.deepEqual(judgeLogin(reply, refreshTokenSpent), expected);
      }
    });
  }
});
