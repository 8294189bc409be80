/** The error answers of a route in OpenAPI. Pure. */
import * as z from 'zod';
import type { ZodOpenApiResponseObject } from 'zod-openapi';
import { problemSchema } from './answer-schemas.ts';
import { type ProblemCode, problems } from './problem.ts';

const RETRY_AFTER = z
  .int()
  .positive()
  .max(300)
  .meta({ description: 'Seconds to wait before the next attempt (RFC 9110 §10.2.3).' });
const WWW_AUTHENTICATE = z.string().meta({ description: 'The required scheme (RFC 6750 §3).' });

/** Every route may return these. */
const ALWAYS: readonly ProblemCode[] = ['misconfigured', 'internal_error'];

export type Failures = Record<`${4 | 5}${string}`, ZodOpenApiResponseObject>;

/** The host's own answer to a missing or wrong function key: no body, none of our headers. */
const KEY_REFUSED = { description: 'From the host, with an empty body: the function key is missing or wrong.' };

/** The host's answer for routes that exist only with `CALLER_AUTH=jwt`. */
export const NO_ROUTE: ZodOpenApiResponseObject = {
  description: 'From the host, with an empty body: CALLER_AUTH is not jwt.',
};

/** One answer for each status of these codes, and of those of every route. */
export function describeFailures(codes: readonly ProblemCode[]): Failures {
  const byStatus = Object.groupBy([...codes, ...ALWAYS], (code) => problems[code].status);
  return Object.fromEntries(
    Object.entries(byStatus).map(([status, ofStatus = []]) => [status, describeFailure(Number(status), ofStatus)]),
  );
}

/** The same for a route that the host protects with the function key: a 401 may then be the host's. */
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
