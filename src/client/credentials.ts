/** What a request to the service carries: the function key, or an access token of the caller's own. */
import { err, ok, type Result } from '../result.ts';
import { type Access, type Answer, readAccess, readProblemCode } from './answers.ts';
import type { Failure } from './errors.ts';
import type { Settings } from './options.ts';
import type { Send } from './service.ts';
import { leftMs } from './token.ts';

export type Headers = Readonly<Record<string, string>>;

export type Credentials = {
  /** The headers of a request. Logs in or renews first if that is necessary. */
  headers(): Promise<Result<Headers, Failure>>;
  /** Takes note that a request with these headers was answered 401. Returns whether other headers may succeed. */
  refused(headers: Headers, answer: Answer): boolean;
};

export function createCredentials(settings: Settings, send: Send): Credentials {
  const { credentials } = settings;
  switch (credentials.kind) {
    case 'function-key': {
      const headers = ok({ 'x-functions-key': credentials.functionKey });
      return { headers: () => Promise.resolve(headers), refused: () => false };
    }
    case 'client':
      return createLogin(settings, credentials, send);
  }
}

/** An access token with less left is renewed before it is used. */
const RENEW_BELOW_MS = 10_000;

type Obtained = Result<Access & { readonly refreshToken: string | undefined }, Failure>;

/** Logs in once, then renews by the refresh token. Logs in again if the service refuses that. */
function createLogin(
  { readClocks }: Settings,
  { clientId, clientSecret }: { readonly clientId: string; readonly clientSecret: string },
  send: Send,
): Credentials {
  let access: Access | undefined;
  let refreshToken: string | undefined;
  let obtaining: Promise<Result<Access, Failure>> | undefined;

  const logIn = async (): Promise<Obtained> => {
    const body = { client_id: clientId, client_secret: clientSecret };
    const answer = await send({ method: 'POST', path: '/api/auth/login', body });
    return answer.ok ? readAccess(answer.value) : answer;
  };
  const renew = async (token: string): Promise<Obtained> => {
    const answer = await send({ method: 'GET', path: '/api/auth/refresh_token', headers: bearer(token) });
    if (!answer.ok) return answer;
    if (answer.value.status !== 401 && answer.value.status !== 403) return readAccess(answer.value);
    refreshToken = undefined;
    return logIn();
  };
  const obtain = async (): Promise<Result<Access, Failure>> => {
    const obtained = refreshToken === undefined ? await logIn() : await renew(refreshToken);
    if (!obtained.ok) return obtained;
    access = obtained.value;
    refreshToken = obtained.value.refreshToken ?? refreshToken; // a renewal returns none
    return obtained;
  };
  return {
    async headers() {
      if (access && leftMs(access.endsAt, readClocks()) >= RENEW_BELOW_MS) return ok(bearer(access.accessToken));
      obtaining ??= obtain().finally(() => (obtaining = undefined));
      const obtained = await obtaining;
      if (obtained.ok) return ok(bearer(obtained.value.accessToken));
      return access && leftMs(access.endsAt, readClocks()) > 0 ? ok(bearer(access.accessToken)) : err(obtained.error);
    },
    refused({ Authorization: sent }, answer) {
      if (access === undefined || sent !== bearer(access.accessToken).Authorization) return true; // replaced meanwhile
      access = undefined;
      if (readProblemCode(answer) !== 'token_expired') refreshToken = undefined; // the login itself is over
      return true;
    },
  };
}

function bearer(token: string): { readonly Authorization: string } {
  return { Authorization: `Bearer ${token}` };
}
