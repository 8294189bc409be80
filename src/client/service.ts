/** The service's two routes for tokens, as outcomes. */
import { readToken, type Reply } from './answers.ts';
import type { Opener } from './credentials.ts';
import type { Outcome } from './outcome.ts';
import type { Send, ServiceRequest } from './send.ts';
import type { Token } from './token.ts';

export type Service = {
  /** @param minTtlSeconds a strict promise, where it is given */
  fetchToken(minTtlSeconds: number | undefined): Promise<Outcome<Token>>;
  /** Tells that Quartile refused the token of a generation. Resolves to another one. */
  report(generation: number): Promise<Outcome<Token>>;
};

export function createService(send: Send, opener: Opener): Service {
  /** A caller's own token may have ended meanwhile, or its key been replaced: then once more, with another one. */
  const call = async (request: ServiceRequest): Promise<Outcome<Reply>> => {
    for (let triesLeft = 2; ; triesLeft -= 1) {
      const opened = await opener.headers();
      if (!opened.ok) return opened;
      const reply = await send({ ...request, headers: opened.value });
      const isRefused = reply.ok && reply.value.status === 401;
      if (!isRefused || triesLeft === 1 || !opener.refused(opened.value, reply.value)) return reply;
    }
  };
  const callForToken = async (request: ServiceRequest): Promise<Outcome<Token>> => {
    const reply = await call(request);
    return reply.ok ? readToken(reply.value) : reply;
  };
  return {
    fetchToken: (minTtlSeconds) =>
      callForToken({
        method: 'GET',
        path: `/api/token${minTtlSeconds === undefined ? '' : `?min_ttl=${minTtlSeconds}`}`,
      }),
    report: (generation) => callForToken({ method: 'POST', path: '/api/token/refresh', body: { generation } }),
  };
}
