import { Agent, type OutgoingHttpHeaders, request as send } from 'node:http';
import type { ProxiedRequest } from './proxy.ts';

export type ProxiedAnswer = { readonly status: number; readonly headers: OutgoingHttpHeaders; readonly body: Buffer };

export type Forwarder = {
  /** @throws Node's error when the server does not answer */
  forward(request: ProxiedRequest): Promise<ProxiedAnswer>;
  close(): void;
};

/** Hands requests on to a port of this machine, as they are, and reads the answers to their ends. */
export function createForwarder(port: number): Forwarder {
  // Idle connections end before Node's servers close them (5 s), so that none is used just as it is being closed.
  const agent = new Agent({ keepAlive: true, timeout: 3_000 });
  return {
    forward: ({ method, path, headers, body }) =>
      new Promise((resolve, reject) => {
        const outgoing = send({ host: '127.0.0.1', port, method, path, headers, agent }, (incoming) => {
          const chunks: Buffer[] = [];
          incoming.on('data', (chunk: Buffer) => chunks.push(chunk));
          incoming.once('error', reject);
          incoming.once('end', () =>
            resolve({
              status: incoming.statusCode ?? 502,
              headers: endToEnd(incoming.headers),
              body: Buffer.concat(chunks),
            }),
          );
        });
        outgoing.once('error', reject);
        outgoing.end(body);
      }),
    close: () => agent.destroy(),
  };
}

/** Headers about one connection are not passed on (RFC 9110 §7.6.1); the body's length is Node's to say. */
function endToEnd(headers: OutgoingHttpHeaders): OutgoingHttpHeaders {
  const { connection: _connection, 'keep-alive': _keepAlive, 'transfer-encoding': _coding, ...others } = headers;
  return others;
}
