/** What opens the service: the function key, or a login and its renewals behind the scenes. */
import { problemCode, readAccess, type Access, type Reply } from './answers.ts';
import { type Failure, mayPass } from './errors.ts';
import { leftMs } from './life.ts';
import type { Settings } from './options.ts';
import { done, failed, type Outcome } from './outcome.ts';
import { pauseMs, refusedPauseMs } from './pauses.ts';
import type { Send } from './send.ts';

export type Headers = Readonly<Record<string, string>>;

export type Opener = {
  /** What goes with a request to the service. Logs in, or renews, first where that is due. */
  headers(): Promise<Outcome<Headers>>;
  /** Tells that a request with these headers was answered 401. Whether it is worth sending again, with others. */
  refused(headers: Headers, reply: Reply): boolean;
};

export function createOpener(settings: Settings, send: Send): Opener {
  const { credentials } = settings;
  switch (credentials.kind) {
    case 'function-key': {
      const headers = done({ 'x-functions-key': credentials.functionKey });
      return { headers: () => Promise.resolve(headers), refused: () => false };
    }
    case 'client':
      return createClientOpener(settings, credentials, send);
  }
}

/** With less left than this the access token is renewed before it is used. */
const RENEW_BELOW_MS = 10_000;

/** Logs in once, and renews by the refresh token from then on; logs in again where that is refused. */
function createClientOpener(
  { nowMs, readClocks }: Settings,
  { clientId, clientSecret }: { readonly clientId: string; readonly clientSecret: string },
  send: Send,
): Opener {
  let access: Access | undefined;
  let refreshToken: string | undefined;
  let obtaining: Promise<Outcome<Access>> | undefined;
  /** The last login failed; there is none before then. */
  let held: { readonly failure: Failure; readonly untilMs: number } | undefined;

  const renew = async (token: string): Promise<Outcome<Access> | 'refused'> => {
    const reply = await send({ method: 'GET', path: '/api/auth/refresh_token', headers: bearer(token) });
    if (!reply.ok) return reply;
    return reply.value.status === 401 || reply.value.status === 403 ? 'refused' : readAccess(reply.value);
  };
  const logIn = async (): Promise<Outcome<Access>> => {
    if (held && nowMs() < held.untilMs) return failed(held.failure);
    const body = { client_id: clientId, client_secret: clientSecret };
    const reply = await send({ method: 'POST', path: '/api/auth/login', body });
    const login = reply.ok ? readAccess(reply.value) : reply;
    held = login.ok ? undefined : holdBack(login.failure, nowMs());
    if (login.ok) refreshToken = login.value.refreshToken;
    return login;
  };
  const obtain = async (): Promise<Outcome<Access>> => {
    const renewed = refreshToken === undefined ? 'refused' : await renew(refreshToken);
    if (renewed === 'refused') refreshToken = undefined;
    const obtained = renewed === 'refused' ? await logIn() : renewed;
    if (obtained.ok) access = obtained.value;
    return obtained;
  };
  return {
    async headers() {
      if (access && leftMs(access.endsAt, readClocks()) >= RENEW_BELOW_MS) return done(bearer(access.accessToken));
      obtaining ??= obtain().finally(() => (obtaining = undefined));
      const obtained = await obtaining;
      if (obtained.ok) return done(bearer(obtained.value.accessToken));
      return access && leftMs(access.endsAt, readClocks()) > 0 ? done(bearer(access.accessToken)) : obtained;
    },
    refused(headers, reply) {
      if (access === undefined || headers['Authorization'] !== bearer(access.accessToken)['Authorization']) return true;
      access = undefined;
      if (problemCode(reply) !== 'token_expired') refreshToken = undefined; // it is of a login that is over
      return true;
    },
  };
}

function bearer(token: string): { readonly Authorization: string } {
  return { Authorization: `Bearer ${token}` };
}

/** Only what a login was answered makes wait here; whoever could not reach the service is held back elsewhere. */
function holdBack(failure: Failure, nowMs: number): { failure: Failure; untilMs: number } | undefined {
  if (failure.status === undefined) return undefined;
  // Without jitter, so that it is over when those who wait for it, with jitter, come back.
  const waitMs = mayPass(failure) ? pauseMs(1, failure.retryAfterMs, 0) : refusedPauseMs(0);
  return { failure, untilMs: nowMs + waitMs };
}
