/** `POST /api/token/refresh` on the wire. */
import * as z from 'zod';
import { readJsonBody, type WithBody } from './json-body.ts';

export const reportSchema = z
  .object({ generation: z.int().nonnegative().max(2_147_483_647) })
  .meta({ description: 'The generation of the token that Quartile refused.' });

/** A report is a few bytes; more than this is none. */
const LONGEST_BODY = 1_000;

export type ReportReading =
  | { readonly ok: true; readonly generation: number }
  | { readonly ok: false; readonly detail: string };

/** Reads the body, whatever content type it claims to be. Other members are not ours to judge. */
export async function readReport(request: WithBody): Promise<ReportReading> {
  const parsed = reportSchema.safeParse(await readJsonBody(request, LONGEST_BODY));
  if (parsed.success) return { ok: true, generation: parsed.data.generation };
  return {
    ok: false,
    detail: 'The body has to be JSON: {"generation": N}, the generation of the token that was refused.',
  };
}
