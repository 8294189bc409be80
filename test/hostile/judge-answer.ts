import assert from 'node:assert/strict';
import * as z from 'zod';
import type { Outcome } from './row.ts';
import type { Answer } from './wire.ts';

const problemSchema = z.strictObject({
  title: z.string(),
  status: z.int(),
  code: z.string(),
  detail: z.string().min(1),
});

/** The codes that bad input may cause: none that stands for a fault of ours. */
const codeSchema = z.enum([
  'invalid_request',
  'authentication_required',
  'invalid_token',
  'token_expired',
  'wrong_token_kind',
  'invalid_client',
]);

/** Names the outcome, and checks that the answer has the form of its kind. */
export function judge(answer: Answer | undefined): Outcome {
  if (answer === undefined) return 'nothing';
  const { status, headers, body } = answer;
  if (headers.get('content-type') === 'application/problem+json') {
    const problem = problemSchema.parse(JSON.parse(body));
    assert.equal(problem.status, status);
    assert.equal(headers.get('cache-control'), 'no-store');
    assert.equal(headers.has('www-authenticate'), status === 401);
    return `${status} ${codeSchema.parse(problem.code)}`;
  }
  if (status === 200) assert.equal(headers.get('cache-control'), 'no-store');
  else assert.equal(body, '', 'the host itself answers without a body');
  return `${status}`;
}
