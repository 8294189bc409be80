/** The error answers of a route, as OpenAPI describes them. Pure. */
import { z } from 'zod';
import type { ZodOpenApiResponseObject } from 'zod-openapi';
import { problemSchema } from './answer-schemas.ts';
import { type ProblemCode, problems } from './problem.ts';

const RETRY_AFTER = z
  .int()
  .positive()
  .max(300)
  .meta({ description: 'Seconds to wait before the next try (RFC 9110 §10.2.3).' });
const WWW_AUTHENTICATE = z.string().meta({ description: 'What is wanted (RFC 6750 §3).' });

/** What any of our routes may answer. */
const ALWAYS: readonly ProblemCode[] = ['misconfigured', 'internal_error'];

/** What the host answers by itself, with an empty body. */
const FROM_HOST: Readonly<Record<number, string>> = {
  401: 'From the host, with an empty body: the function key is missing or wrong.',
};

export type Failures = Record<`${4 | 5}${string}`, ZodOpenApiResponseObject>;

/** What the host says to whoever has no function key: for routes that callers' own tokens do not open. */
export const KEY_REFUSED: ZodOpenApiResponseObject = { description: FROM_HOST[401] ?? '' };

/** What the host says for routes that exist only where callers have tokens of their own. */
export const NO_ROUTE: ZodOpenApiResponseObject = {
  description: 'From the host, with an empty body: CALLER_AUTH is not jwt.',
};

/** One answer for each status that these codes, and those of every route, have. */
export function describeFailures(codes: readonly ProblemCode[]): Failures {
  const byStatus = Object.groupBy([...codes, ...ALWAYS], (code) => problems[code].status);
  return Object.fromEntries(
    Object.entries(byStatus).map(([status, ofStatus = []]) => [status, describeFailure(Number(status), ofStatus)]),
  );
}

function describeFailure(status: number, codes: readonly ProblemCode[]): ZodOpenApiResponseObject {
  const details = codes.map((code) => `\`${code}\`: ${problems[code].detail}`);
  const headers = { ...(status === 401 && { 'WWW-Authenticate': WWW_AUTHENTICATE }), ...retryAfter(status) };
  return {
    description: [...details, ...(FROM_HOST[status] === undefined ? [] : [FROM_HOST[status]])].join('\n\n'),
    headers: z.object(headers),
    content: { 'application/problem+json': { schema: problemSchema(status, codes) } },
  };
}

function retryAfter(status: number) {
  return status === 429 || status === 503 ? { 'Retry-After': RETRY_AFTER } : {};
}
