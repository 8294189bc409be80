/** One address for all hosts, as on a platform: requests go to the running hosts in turn, and break with them. */
import { createServer } from 'node:http';
import { listenQuietly } from '../../src/local/ports.ts';
import { createForwarder, type Forwarder } from '../chaos/forwarder.ts';
import { unlisten } from '../chaos/port.ts';
import { readRequest } from '../chaos/proxy.ts';
import type { Worker } from '../chaos/worker.ts';

export type Front = {
  readonly url: string;
  /** How many requests broke with the host they went to. */
  broken(): number;
  close(): Promise<void>;
};

export async function startFront(workers: readonly Worker[]): Promise<Front> {
  const forwarders = new Map<string, Forwarder>();
  let turns = 0;
  let broken = 0;
  const next = (): Forwarder => {
    const living = workers.flatMap((worker) => worker.living() ?? []);
    const url = living[(turns += 1) % living.length]?.url;
    if (url === undefined) throw new Error('No host is running');
    const forwarder = forwarders.get(url) ?? createForwarder(Number(new URL(url).port));
    forwarders.set(url, forwarder);
    return forwarder;
  };
  const server = createServer((message, response) => {
    readRequest(message)
      .then((request) => next().forward(request))
      .then((answer) => response.writeHead(answer.status, answer.headers).end(answer.body))
      .catch(() => {
        broken += 1;
        response.destroy();
      });
  });
  const port = await listenQuietly(server);
  return {
    url: `http://127.0.0.1:${port}`,
    broken: () => broken,
    async close() {
      await unlisten(server);
      for (const forwarder of forwarders.values()) forwarder.close();
    },
  };
}
