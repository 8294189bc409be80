/** The error answers of a route, as OpenAPI describes them. Pure. */
import * as z from 'zod';
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

export type Failures = Record<`${4 | 5}${string}`, ZodOpenApiResponseObject>;

/** What the host says to whoever has no function key: without a word of ours, a header of ours, or a body. */
const KEY_REFUSED = { description: 'From the host, with an empty body: the function key is missing or wrong.' };

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

/** The same for a route that the host guards, by the function key: a 401 may be the host's then, and have nothing of ours. */
export function describeFailuresBehindKey(codes: readonly ProblemCode[]): Failures {
  const failures = describeFailures(codes);
  const ours = codes.filter((code) => problems[code].status === 401);
  if (ours.length === 0) return { ...failures, 401: KEY_REFUSED };
  const refused = describeFailure(401, ours, { 'WWW-Authenticate': WWW_AUTHENTICATE.optional() });
  return { ...failures, 401: { ...refused, description: `${refused.description}\n\n${KEY_REFUSED.description}` } };
}

function describeFailure(
  status: number,
  codes: readonly ProblemCode[],
  headers: z.ZodRawShape = headersOf(status),
): ZodOpenApiResponseObject {
  return {
    description: codes.map((code) => `\`${code}\`: ${problems[code].detail}`).join('\n\n'),
    ...(Object.keys(headers).length > 0 && { headers: z.object(headers) }),
    content: { 'application/problem+json': { schema: problemSchema(status, codes) } },
  };
}

function headersOf(status: number): z.ZodRawShape {
  if (status === 401) return { 'WWW-Authenticate': WWW_AUTHENTICATE };
  return status === 429 || status === 503 ? { 'Retry-After': RETRY_AFTER } : {};
}
