/** What a worker's requests to the table and to Quartile are about. */
import * as z from 'zod';
import type { ProxiedAnswer } from './forwarder.ts';
import type { ProxiedRequest } from './proxy.ts';
import { parseJson } from '../../src/parse-json.ts';

/** Taking the lease, renewing it, saving a pair, recording a failure. */
export type WriteKind = 'claim' | 'heartbeat' | 'save' | 'note';

const rowSchema = z.object({
  updating: z.boolean(),
  consecutiveFailures: z.int(),
  leaseId: z.string().optional(),
  updatedAt: z.string(),
  attemptStartedAt: z.string().optional(),
});
const foundSchema = z.object({ generation: z.int() });
const refreshSchema = z.object({ token: z.string() });

/** What a request writes into the row, and under which lease; `undefined` where it writes none. */
export function readWrite(request: ProxiedRequest): { kind: WriteKind; leaseId: string | undefined } | undefined {
  if (request.method === 'GET') return undefined;
  const row = rowSchema.safeParse(parseJson(request.body));
  if (!row.success) return undefined; // the table itself is created
  const { updating, consecutiveFailures, leaseId, updatedAt, attemptStartedAt } = row.data;
  if (updating) return { kind: updatedAt === attemptStartedAt ? 'claim' : 'heartbeat', leaseId };
  return { kind: consecutiveFailures > 0 ? 'note' : 'save', leaseId };
}

/** The generation of the row that the table has told a worker of, if it did. */
export function readGeneration({ method }: ProxiedRequest, { status, body }: ProxiedAnswer): number | undefined {
  if (method !== 'GET' || status !== 200) return undefined;
  return foundSchema.safeParse(parseJson(body.toString('utf8'))).data?.generation;
}

/** The refresh token that a request sends to Quartile, if any. */
export function readRefreshToken({ path, body }: ProxiedRequest): string | undefined {
  const sent = refreshSchema.safeParse(parseJson(body));
  return path.endsWith('/refresh') && sent.success ? sent.data.token : undefined;
}
