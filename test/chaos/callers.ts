/** Callers that ask all living hosts for the token, all the while, and write down what they saw. */
import { setTimeout as delay } from 'node:timers/promises';
import * as z from 'zod';
import type { Fleet } from './fleet.ts';
import { startHeartbeat } from './heartbeat.ts';
import { lifeOf } from './row.ts';
import type { Incarnation, Worker } from './worker.ts';
import { parseJson } from '../../src/parse-json.ts';

export type Observation = {
  readonly worker: number;
  readonly host: Pick<Incarnation, 'pid' | 'isKilled' | 'toldAtMs'>;
  /** `strict`: asked with `min_ttl`. */
  readonly kind: 'plain' | 'strict';
  readonly startedAtMs: number;
  /** When the answer began to arrive. */
  readonly arrivedAtMs: number;
  /** How late this process was meanwhile, at most: what it asks for, and what it gets, may wait for that long in it. */
  readonly lateMs: number;
  /** `undefined`: the connection broke. */
  readonly status: number | undefined;
  readonly token: string | undefined;
  /** What was left of the token when it arrived, by its own `exp`. */
  readonly lifeMs: number;
  /** Whether the simulator accepts it. */
  readonly isLive: boolean;
  /** Only JSON tells. */
  readonly generation: number | undefined;
  /** A problem's code. */
  readonly code: string | undefined;
  readonly hasRetryAfter: boolean;
};

export type Callers = {
  readonly seen: readonly Observation[];
  /** From now on some ask for more life than a token has that is due. */
  startStrict(): void;
  /** Resolves when the last answer has arrived. */
  stop(): Promise<void>;
};

/** The margin, and so the most that may be asked for. */
export const MIN_TTL_SECONDS = 3_600;

const PLAIN_EVERY_MS = 20;
const STRICT_PAUSE_MS = 200;
/** Those who wait for a token pile up only so far. */
const MOST_WAITING = 60;

const bodySchema = z.object({ access_token: z.string(), generation: z.int() });
const problemSchema = z.object({ code: z.string() });

export function startCallers({ workers, simulator }: Fleet): Callers {
  const seen: Observation[] = [];
  const stopping = new AbortController();
  const heartbeat = startHeartbeat();
  const loops: Promise<void>[] = [];

  const call = async (worker: Worker, host: Incarnation, kind: Observation['kind'], wantsText: boolean) => {
    const startedAtMs = Date.now();
    const url = `${host.url}/api/token${kind === 'strict' ? `?min_ttl=${MIN_TTL_SECONDS}` : ''}`;
    const answer = await ask(url, wantsText ? 'text/plain' : 'application/json');
    const told = answer.status === 200 ? readToken(answer.body, wantsText) : undefined;
    seen.push({
      worker: worker.number,
      host,
      kind,
      startedAtMs,
      arrivedAtMs: answer.arrivedAtMs,
      lateMs: heartbeat.longestDelayMs(startedAtMs),
      status: answer.status,
      token: told?.token,
      lifeMs: told === undefined ? 0 : lifeOf(told.token, answer.arrivedAtMs),
      isLive: told !== undefined && simulator.checkAccessToken(told.token).live,
      generation: told?.generation,
      code: answer.status === 200 ? undefined : problemSchema.safeParse(parseJson(answer.body)).data?.code,
      hasRetryAfter: /^[1-9]\d*$/.test(answer.headers.get('retry-after') ?? ''),
    });
  };

  const askPlainly = async (worker: Worker) => {
    const waiting = new Set<Promise<void>>();
    for (let count = 0; !stopping.signal.aborted; count += 1) {
      const host = worker.living();
      if (host && waiting.size < MOST_WAITING) {
        const asked = call(worker, host, 'plain', count % 2 === 0);
        waiting.add(asked);
        void asked.finally(() => waiting.delete(asked));
      }
      await delay(PLAIN_EVERY_MS);
    }
    await Promise.all(waiting);
  };

  const askStrictly = async (worker: Worker) => {
    while (!stopping.signal.aborted) {
      const host = worker.living();
      if (host) await call(worker, host, 'strict', false);
      await delay(STRICT_PAUSE_MS);
    }
  };

  loops.push(...workers.map(askPlainly));
  return {
    seen,
    startStrict: () => void loops.push(...workers.map(askStrictly)),
    async stop() {
      stopping.abort();
      await Promise.all(loops);
      heartbeat.stop();
    },
  };
}

type Answer = { status: number | undefined; headers: Headers; body: string; arrivedAtMs: number };

/** Never rejects: a broken connection is an answer without a status. */
async function ask(url: string, accept: string): Promise<Answer> {
  try {
    const answer = await fetch(url, { headers: { accept } });
    const arrivedAtMs = Date.now();
    return { status: answer.status, headers: answer.headers, body: await answer.text(), arrivedAtMs };
  } catch {
    return { status: undefined, headers: new Headers(), body: '', arrivedAtMs: Date.now() };
  }
}

function readToken(body: string, isText: boolean): { token: string; generation: number | undefined } | undefined {
  if (isText) return { token: body, generation: undefined };
  const parsed = bodySchema.safeParse(parseJson(body));
  return parsed.success ? { token: parsed.data.access_token, generation: parsed.data.generation } : undefined;
}
