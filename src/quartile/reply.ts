/**
 * What Quartile's reply to one request says, whichever request it was. Pure: no I/O, no clock.
 * What follows from it for a refresh or a login is the rotation's to decide.
 */
import * as z from 'zod';
import { readTokenSet, type TokenSet } from './token-set.ts';

/** What came back from one request, before anyone judged it. */
export type RawReply =
  | {
      readonly kind: 'answer';
      readonly status: number;
      readonly retryAfter: string | undefined;
      /** Parsed where it is JSON, else `undefined`. */
      readonly body: unknown;
    }
  /** No connection was made, so nothing was sent. `code` is Node's, such as ECONNREFUSED. */
  | { readonly kind: 'not-connected'; readonly code: string }
  /** Something may have been sent, and no whole answer came. */
  | { readonly kind: 'no-answer'; readonly code: string };

export type Reply =
  | { readonly kind: 'token-set'; readonly tokenSet: TokenSet }
  /** 429, or 403 or 503 with `Retry-After`: turned away, not processed. */
  | {
      readonly kind: 'turned-away';
      readonly code: string;
      readonly status: number;
      readonly retryAfterMs: number | undefined;
    }
  /** Nothing was sent. */
  | { readonly kind: 'not-connected'; readonly code: string }
  /** The gateway refused the subscription key: the API behind it never saw the request. */
  | { readonly kind: 'key-refused'; readonly code: string }
  /** Nobody can say whether the request was processed. */
  | { readonly kind: 'doubtful'; readonly code: string }
  /** The API processed the request and said no. */
  | { readonly kind: 'rejected'; readonly code: string };

const gatewayErrorSchema = z.object({ message: z.string().regex(/subscription\s+key/i) });

/**
 * Tells the replies apart, as the table of outcomes in the README has them.
 *
 * @param sentAtMs when the request was sent
 * @param nowMs for a `Retry-After` that is a date
 */
export function readReply(raw: RawReply, { sentAtMs, nowMs }: { sentAtMs: number; nowMs: number }): Reply {
  if (raw.kind === 'not-connected') return { kind: 'not-connected', code: `not_connected_${raw.code.toLowerCase()}` };
  if (raw.kind === 'no-answer') return { kind: 'doubtful', code: `no_answer_${raw.code.toLowerCase()}` };
  const code = `http_${raw.status}`;
  if (raw.status === 200 || raw.status === 201) {
    const tokenSet = readTokenSet(raw.body, sentAtMs);
    return tokenSet ? { kind: 'token-set', tokenSet } : { kind: 'doubtful', code: 'invalid_token_set' };
  }
  if (raw.status === 429 || ((raw.status === 403 || raw.status === 503) && raw.retryAfter !== undefined)) {
    return { kind: 'turned-away', code, status: raw.status, retryAfterMs: readRetryAfter(raw.retryAfter, nowMs) };
  }
  if (raw.status === 401 && gatewayErrorSchema.safeParse(raw.body).success) {
    return { kind: 'key-refused', code: 'subscription_key_refused' };
  }
  const rejected = raw.status >= 400 && raw.status < 500 && raw.status !== 408;
  return { kind: rejected ? 'rejected' : 'doubtful', code };
}

/**
 * `Retry-After` (RFC 9110 §10.2.3): seconds, or an HTTP date.
 *
 * @returns milliseconds from now, never negative; `undefined` where the header is absent or neither
 */
export function readRetryAfter(header: string | undefined, nowMs: number): number | undefined {
  const text = header?.trim();
  if (!text) return undefined;
  if (/^\d{1,9}$/.test(text)) return Number(text) * 1000;
  const dateMs = text.endsWith(' GMT') ? Date.parse(text) : Number.NaN; // Date.parse reads a date into almost anything
  return Number.isNaN(dateMs) ? undefined : Math.max(0, dateMs - nowMs);
}
