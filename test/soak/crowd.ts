/** Clients that call a business route all the time, and count the answers. */
import { setTimeout as delay } from 'node:timers/promises';
import { createTokenSource, TokenSourceError } from '../../src/client/index.ts';

export type Figures = {
  calls: number;
  /** Answers by status, or by the code of an error. */
  readonly outcomes: Map<string, number>;
  /** Requests that the business route received: `calls` and the repeated ones. */
  sent: number;
  /** How many of these were answered 401. */
  refused: number;
  slowestMs: number;
};

export type Crowd = {
  readonly figures: Figures;
  /** Resolves when each client has been served by a call that began after this one. */
  allServed(): Promise<void>;
  /** Resolves when the last answer has arrived. */
  stop(): Promise<void>;
};

const EVERY_MS = 200;
const PATIENCE_MS = 60_000;

/** @param url of the service; `business`: of the route that wants a token */
export function startCrowd(clients: number, { url, business }: { url: string; business: string }): Crowd {
  const figures: Figures = { calls: 0, outcomes: new Map(), sent: 0, refused: 0, slowestMs: 0 };
  const stopping = new AbortController();
  const count = (outcome: string) => figures.outcomes.set(outcome, (figures.outcomes.get(outcome) ?? 0) + 1);
  const countingFetch: typeof fetch = async (input, init) => {
    const answer = await fetch(input, init);
    if (input === business) {
      figures.sent += 1;
      if (answer.status === 401) figures.refused += 1;
    }
    return answer;
  };

  const servedAtMs = new Map<number, number>();

  const runClient = async (number: number): Promise<void> => {
    const source = createTokenSource({
      url,
      functionKey: 'not-checked-here',
      fetch: countingFetch,
      renewBeforeSeconds: 2,
    });
    while (!stopping.signal.aborted) {
      const startedAtMs = performance.now();
      const outcome = await call(() => source.authorizedFetch(business));
      count(outcome);
      if (outcome === '200') servedAtMs.set(number, startedAtMs);
      figures.calls += 1;
      figures.slowestMs = Math.max(figures.slowestMs, performance.now() - startedAtMs);
      await delay(EVERY_MS * (0.5 + Math.random()));
    }
  };
  const loops = Array.from({ length: clients }, (_, number) => runClient(number));
  return {
    figures,
    async allServed() {
      const sinceMs = performance.now();
      const isServed = (_: unknown, number: number) => (servedAtMs.get(number) ?? -Infinity) > sinceMs;
      while (!loops.every(isServed)) {
        if (performance.now() - sinceMs > PATIENCE_MS) throw new Error('A client is no longer served');
        await delay(20);
      }
    },
    async stop() {
      stopping.abort();
      await Promise.all(loops);
    },
  };
}

async function call(send: () => Promise<Response>): Promise<string> {
  try {
    const answer = await send();
    await answer.text();
    return String(answer.status);
  } catch (error) {
    return error instanceof TokenSourceError ? error.code : `thrown: ${String(error)}`;
  }
}
