import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import { healthAnswer } from '../../src/http/health-route.ts';

describe('a health answer', () => {
  for (const [status, httpStatus] of Object.entries({ ok: 200, degraded: 200, down: 503 })) {
    it(`is ${httpStatus} for ${status}, tells no more than that, and is not stored`, () => {
      assert.ok(status === 'ok' || status === 'degraded' || status === 'down');
      assert.deepEqual(healthAnswer(status), {
        status: httpStatus,
        headers: { 'Cache-Control': 'no-store', 'Content-Type': 'application/json' },
        body: `{"status":"${status}"}`,
      });
    });
  }
});
