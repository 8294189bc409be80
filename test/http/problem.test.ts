import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import { problem, type ProblemCode } from '../../src/http/problem.ts';

const statuses: Record<ProblemCode, [status: number, title: string]> = {
  invalid_request: [400, 'Bad Request'],
  authentication_required: [401, 'Unauthorized'],
  invalid_token: [401, 'Unauthorized'],
  token_expired: [401, 'Unauthorized'],
  wrong_token_kind: [403, 'Forbidden'],
  invalid_client: [401, 'Unauthorized'],
  too_many_attempts: [429, 'Too Many Requests'],
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

function headersOf({ headers }: ReturnType<typeof problem>): Record<string, unknown> {
  return Object.fromEntries(Object.entries(headers ?? {}));
}

describe('a problem', () => {
  for (const code of [
    'invalid_request',
    'authentication_required',
    'invalid_token',
    'token_expired',
    'wrong_token_kind',
    'invalid_client',
    'too_many_attempts',
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

    it(`of code ${code} is problem+json that nobody stores, guesses at, or learns the URL of`, () => {
      const { 'WWW-Authenticate': challenge, ...headers } = headersOf(problem(code));
      assert.deepEqual(headers, {
        'Cache-Control': 'no-store',
        'X-Content-Type-Options': 'nosniff',
        'Referrer-Policy': 'no-referrer',
        'Content-Type': 'application/problem+json',
      });
      assert.equal(challenge !== undefined, statuses[code][0] === 401);
    });
  }

  it('challenges whoever is not known, and says so where a token was sent (RFC 6750)', () => {
    const challenge = (code: ProblemCode) => headersOf(problem(code))['WWW-Authenticate'];
    for (const code of ['authentication_required', 'invalid_client'] as const) {
      assert.equal(challenge(code), 'Bearer realm="quartile-token-keeper"');
    }
    for (const code of ['invalid_token', 'token_expired'] as const) {
      assert.equal(challenge(code), 'Bearer realm="quartile-token-keeper", error="invalid_token"');
    }
  });

  it('says more where more is known', () => {
    assert.equal(membersOf(problem('invalid_request', { detail: 'min_ttl is odd' })).detail, 'min_ttl is odd');
  });

  it('tells when to try again, in whole seconds', () => {
    for (const seconds of [0, 5, 3600]) {
      assert.equal(
        headersOf(problem('token_unavailable', { retryAfterSeconds: seconds }))['Retry-After'],
        String(seconds),
      );
    }
  });
});
