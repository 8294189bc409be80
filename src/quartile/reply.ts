/**
 * What the outcome of one request means, whichever request it was. Pure: no I/O, no clock.
 * The rotation decides what follows from it for a refresh or a login.
 */
import * as z from 'zod';
import { parseJson } from '../parse-json.ts';
import type { Result } from '../result.ts';
import { readRetryAfter } from '../retry-after.ts';
import { readTokenSet, type ReceivedTokenSet } from './token-set.ts';

/** What happened on the wire, before any judgement. */
export type Exchange = {
  /**
   * Whether the socket to Quartile was ready for the request: TLS handshake and certificate included, or connected for
   * http. Before that nothing was sent, whatever came back: a proxy that refuses to connect also answers with a status.
   */
  readonly connected: boolean;
  /** The complete response, or the code of the error that ended the request. */
  readonly result: Result<HttpAnswer, string>;
};

export type HttpAnswer = {
  readonly status: number;
  readonly retryAfter: string | undefined;
  /** The response's `Date` header. */
  readonly date: string | undefined;
  readonly body: string;
};

/** Why a request brought no token set; logged, and stored in the row. */
export type ReplyCode =
  | `http_${number}`
  /** With Node's code for the reason, such as `econnrefused`, or the status of the proxy that refused to connect. */
  | `not_connected_${string}`
  | `no_answer_${string}`
  | 'invalid_token_set'
  | 'subscription_key_refused';

export type Reply =
  | ({ readonly kind: 'token-set' } & ReceivedTokenSet)
  /** The request was not processed. */
  | {
      readonly kind: 'not-processed';
      readonly code: ReplyCode;
      readonly retryAfterMs: number | undefined;
      /** Whether a login may succeed now: not over quota (429, 403), and not without a connection. */
      readonly mayLogIn: boolean;
    }
  /** The gateway refused the subscription key: the API behind it never saw the request. */
  | { readonly kind: 'key-refused'; readonly code: ReplyCode }
  /** Quartile itself processed the request and refused it. */
  | { readonly kind: 'rejected'; readonly code: ReplyCode }
  /** A refusal from an intermediary, which does not speak for Quartile: the gateway, a proxy, a stopped app's page. */
  | { readonly kind: 'intermediary'; readonly code: ReplyCode }
  /** It is unknown whether the request was processed. */
  | { readonly kind: 'doubtful'; readonly code: ReplyCode };

/** Statuses by which Quartile refuses a request, with a JSON object that is not in the gateway's form. */
const REJECTIONS = new Set([400, 401, 403, 404, 410, 422, 423]);

const subscriptionKeySchema = z.looseObject({ message: z.string().regex(/subscription\s+key/i) });
const objectSchema = z.looseObject({});

/**
 * Tells the replies apart by rule 5: the first row of its table that matches. The README has the table.
 *
 * @param sentAtMs when the request was sent
 * @param nowMs for a `Retry-After` that is a date, in a response without `Date`
 */
export function readReply(
  { connected, result }: Exchange,
  { sentAtMs, nowMs }: { sentAtMs: number; nowMs: number },
): Reply {
  if (!connected) {
    const reason = result.ok ? `http_${result.value.status}` : result.error.toLowerCase();
    return { kind: 'not-processed', code: `not_connected_${reason}`, retryAfterMs: undefined, mayLogIn: false };
  }
  if (!result.ok) return { kind: 'doubtful', code: `no_answer_${result.error.toLowerCase()}` };
  const { status, retryAfter, date, body } = result.value;
  const code: ReplyCode = `http_${status}`;
  if (status === 200 || status === 201) {
    const received = readTokenSet(parseJson(body), sentAtMs);
    return received ? { kind: 'token-set', ...received } : { kind: 'doubtful', code: 'invalid_token_set' };
  }
  if (status === 429 || ((status === 403 || status === 503) && retryAfter !== undefined)) {
    const retryAfterMs = readRetryAfter(retryAfter, date, nowMs);
    return { kind: 'not-processed', code, retryAfterMs, mayLogIn: status === 503 };
  }
  if (status >= 400 && status < 500) return readRefusal(status, body);
  return { kind: 'doubtful', code };
}

/** A 4xx: the status alone does not tell whether Quartile or an intermediary sent it. */
function readRefusal(status: number, body: string): Reply {
  const code: ReplyCode = `http_${status}`;
  const object = objectSchema.safeParse(parseJson(body)).data;
  const inGatewaysForm = object !== undefined && 'statusCode' in object && 'message' in object;
  if (status === 401 && inGatewaysForm && subscriptionKeySchema.safeParse(object).success) {
    return { kind: 'key-refused', code: 'subscription_key_refused' };
  }
  const isEmpty401 = status === 401 && body.trim() === '';
  const isOfQuartile = REJECTIONS.has(status) && object !== undefined && !inGatewaysForm;
  return { kind: isEmpty401 || isOfQuartile ? 'rejected' : 'intermediary', code };
}
