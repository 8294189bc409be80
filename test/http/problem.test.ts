import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import { problem, type ProblemCode, problems } from '../../src/http/problem.ts';

const expected: readonly (readonly [code: ProblemCode, status: number, title: string])[] = [
  ['invalid_request', 400, 'Bad Request'],
  ['authentication_required', 401, 'Unauthorized'],
  ['invalid_token', 401, 'Unauthorized'],
  ['token_expired', 401, 'Unauthorized'],
  ['wrong_token_kind', 403, 'Forbidden'],
  ['invalid_client', 401, 'Unauthorized'],
  ['misconfigured', 500, 'Internal Server Error'],
  ['internal_error', 500, 'Internal Server Error'],
  ['rotated_recently', 429, 'Too Many Requests'],
  ['token_unavailable', 503, 'Service Unavailable'],
  ['store_unavailable', 503, 'Service Unavailable'],
];

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
  it('has one of these codes: callers switch on them', () => {
    assert.deepEqual(
      Object.keys(problems),
      expected.map(([code]) => code),
    );
  });

  for (const [code, status, title] of expected) {
    it(`of code ${code} is problem+json of its status, which nothing may store`, () => {
      const answer = problem(code);
      const { detail, ...members } = membersOf(answer);
      assert.equal(answer.status, status);
      assert.deepEqual(members, { status, title, code });
      assert.ok(typeof detail === 'string' && detail.length > 0);
      const { 'WWW-Authenticate': challenge, ...headers } = headersOf(answer);
      assert.deepEqual(headers, {
        'Cache-Control': 'no-store',
        'X-Content-Type-Options': 'nosniff',
        'Referrer-Policy': 'no-referrer',
        'Content-Type': 'application/problem+json',
      });
      assert.equal(challenge !== undefined, status === 401);
    });
  }

  it('challenges an unknown caller, and names the error if a token was sent (RFC 6750)', () => {
    const challenge = (code: ProblemCode) => headersOf(problem(code))['WWW-Authenticate'];
    for (const code of ['authentication_required', 'invalid_client'] as const) {
      assert.equal(challenge(code), 'Bearer realm="quartile-token-keeper"');
    }
    for (const code of ['invalid_token', 'token_expired'] as const) {
      assert.equal(challenge(code), 'Bearer realm="quartile-token-keeper", error="invalid_token"');
    }
  });

  it('has the detail that it is given', () => {
    assert.equal(membersOf(problem('invalid_request', { detail: 'min_ttl is odd' })).detail, 'min_ttl is odd');
  });

  it('says when to try again, in whole seconds', () => {
    for (const seconds of [0, 5, 3600]) {
      assert.equal(
        headersOf(problem('token_unavailable', { retryAfterSeconds: seconds }))['Retry-After'],
        String(seconds),
      );
    }
  });
});
