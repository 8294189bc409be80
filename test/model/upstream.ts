/** Quartile as strict as can be: every refresh ends the old refresh token at once. Pure state, no time of its own. */
import type { Reply } from '../../src/quartile/reply.ts';
import type { TokenSet } from '../../src/quartile/token-set.ts';
import { InvariantViolation } from './invariants.ts';

export const HOUR_MS = 3_600_000;
export const ACCESS_LIFE_MS = 12 * HOUR_MS;
export const REFRESH_LIFE_MS = 14 * 24 * HOUR_MS;

/** What can happen to a request. `lost`: processed, and the answer never comes. */
export const SEND_FAULTS = ['429', '503', 'no-connection', 'key-refused', 'no-answer', 'lost', '500', '400'] as const;
export type SendFault = (typeof SEND_FAULTS)[number];

type Send = { mayBeProcessed: boolean };

export type Upstream = {
  login(sentAtMs: number, fault: string | undefined): Reply;
  refresh(token: string, sentAtMs: number, fault: string | undefined): Reply;
  readonly logins: () => number;
  readonly refreshes: () => number;
  /** A pair as it would be received at this time. */
  issue(sentAtMs: number): TokenSet;
};

/** The replies to the faults, as the client tells them apart. */
const faultReplies: Record<SendFault, Reply> = {
  '429': { kind: 'not-processed', code: 'http_429', mayLogIn: false, retryAfterMs: undefined },
  '503': { kind: 'not-processed', code: 'http_503', mayLogIn: true, retryAfterMs: 7_000 },
  'no-connection': {
    kind: 'not-processed',
    code: 'not_connected_econnrefused',
    mayLogIn: false,
    retryAfterMs: undefined,
  },
  'key-refused': { kind: 'key-refused', code: 'subscription_key_refused' },
  'no-answer': { kind: 'doubtful', code: 'no_answer_timeout' },
  lost: { kind: 'doubtful', code: 'no_answer_timeout' },
  '500': { kind: 'doubtful', code: 'http_500' },
  '400': { kind: 'rejected', code: 'http_400' },
};

const NOT_PROCESSED = new Set(['429', '503', 'no-connection', 'key-refused']);

export function createUpstream(): Upstream {
  const usable = new Set<string>();
  const sends = new Map<string, Send[]>();
  let issued = 0;
  let logins = 0;
  let refreshes = 0;
  const issue = (sentAtMs: number): TokenSet => {
    issued += 1;
    usable.add(`refresh-${issued}`);
    return {
      accessToken: `access-${issued}`,
      accessExpiresAtMs: sentAtMs + ACCESS_LIFE_MS,
      refreshToken: `refresh-${issued}`,
      refreshExpiresAtMs: sentAtMs + REFRESH_LIFE_MS,
      notBeforeMs: undefined,
      rest: {},
    };
  };
  return {
    issue,
    logins: () => logins,
    refreshes: () => refreshes,
    login(sentAtMs, fault) {
      const reply = fault && isSendFault(fault) ? faultReplies[fault] : undefined;
      if (reply && fault !== 'lost') return reply;
      logins += 1;
      const tokenSet = issue(sentAtMs);
      return reply ?? { kind: 'token-set', tokenSet, notes: [] };
    },
    refresh(token, sentAtMs, fault) {
      noteSend(sends, token, fault === undefined || !NOT_PROCESSED.has(fault));
      const reply = fault && isSendFault(fault) ? faultReplies[fault] : undefined;
      if (reply && fault !== 'lost') return reply;
      refreshes += 1;
      if (!usable.delete(token)) return { kind: 'rejected', code: 'http_401' };
      const tokenSet = issue(sentAtMs);
      return reply ?? { kind: 'token-set', tokenSet, notes: [] };
    },
  };
}

function noteSend(sends: Map<string, Send[]>, token: string, mayBeProcessed: boolean): void {
  const before = sends.get(token) ?? [];
  if (before.some((send) => send.mayBeProcessed)) {
    throw new InvariantViolation('a refresh token that may be spent is never sent again', token);
  }
  sends.set(token, [...before, { mayBeProcessed }]);
}

function isSendFault(fault: string): fault is SendFault {
  return (SEND_FAULTS as readonly string[]).includes(fault);
}
