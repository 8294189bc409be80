import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import { problem, type ProblemCode } from '../../src/http/problem.ts';

const statuses: Record<ProblemCode, [status: number, title: string]> = {
  invalid_request: [400, 'Bad Request'],
  misconfigured: [500, 'Internal Server Error'],
  internal_error: [500, 'Internal Server Error'],
  rotated_recently: [429, 'Too Many Requests'],
  token_unavailable: [503, 'Service Unavailable'],
  store_unavailable: [503, 'Service Unavailable'],
};

function membersOf(response: ReturnType<typeof problem>): Record<string, unknown> {
  assert.ok(typeof response.body === 'string');
  const body: unknown = JSON.parse(response.body);
  assert.ok(body && typeof body === 'object');
  return { ...body };
}

describe('a problem', () => {
  for (const code of [
    'invalid_request',
    'misconfigured',
    'internal_error',
    'rotated_recently',
    'token_unavailable',
    'store_unavailable',
  ] as const) {
    it(`of code ${code} has its status, in the answer and in its body`, () => {
      const response = problem(code);
      const [status, title] = statuses[code];
      const { detail, ...members } = membersOf(response);
      assert.equal(response.status, status);
      assert.deepEqual(members, { status, title, code });
      assert.ok(typeof detail === 'string' && detail.length > 0);
    });

    it(`of code ${code} is problem+json that nobody stores`, () => {
      assert.deepEqual(problem(code).headers, {
        'Cache-Control': 'no-store',
        'Content-Type': 'application/problem+json',
      });
    });
  }

  it('says more where more is known', () => {
    assert.equal(membersOf(problem('invalid_request', { detail: 'min_ttl is odd' })).detail, 'min_ttl is odd');
  });

  it('tells when to try again, in whole seconds', () => {
    for (const seconds of [0, 5, 3600]) {
      const { headers } = problem('token_unavailable', { retryAfterSeconds: seconds });
      assert.equal(new Headers(Object.entries(headers ?? {})).get('Retry-After'), String(seconds));
    }
  });
});
