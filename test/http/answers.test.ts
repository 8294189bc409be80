import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import { healthAnswer } from '../../src/http/answers.ts';

describe('a health answer', () => {
  const headers = { 'Cache-Control': 'no-store', 'Content-Type': 'application/json' };
  for (const [health, status] of [
    ['ok', 200],
    ['degraded', 200],
    ['down', 503],
  ] as const) {
    it(`is ${status} for ${health}, says nothing more, and must not be stored`, () => {
      assert.deepEqual(healthAnswer(health, 'GET'), { status, headers, body: `{"status":"${health}"}` });
    });

    it(`has no body for HEAD: ${health}`, () => {
      assert.deepEqual(healthAnswer(health, 'HEAD'), { status, headers });
    });
  }
});
