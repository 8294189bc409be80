import { once } from 'node:events';
import { connect, createServer, type Server } from 'node:net';
import { sleep } from '../sleep.ts';

const LOOPBACK = '127.0.0.1';

/** Below the ports that systems assign: while one is free for a moment, no outgoing connection takes it. */
const LOWEST_PORT = 12_000;
const HIGHEST_PORT = 32_000;
const TRIES = 50;
const PAUSE_MS = 20;

/** Whether something accepts connections on this port of this machine. */
export function isListening(port: number): Promise<boolean> {
  return new Promise((resolve) => {
    const socket = connect(port, LOOPBACK);
    const answer = (listening: boolean) => {
      socket.destroy();
      resolve(listening);
    };
    socket.once('connect', () => answer(true));
    socket.once('error', () => answer(false));
  });
}

/** A port that was free a moment ago. For programs that cannot take port 0 and report the one they use. */
export async function findFreePort(): Promise<number> {
  const server = createServer();
  const port = await listenQuietly(server);
  await new Promise((resolve) => server.close(resolve));
  return port;
}

/**
 * Listens on a port of this machine that may be released and taken again.
 *
 * @param port default: any free one
 * @returns the port
 */
export async function listenQuietly(server: Server, port?: number): Promise<number> {
  for (let tries = 1; ; tries += 1) {
    const candidate = port ?? LOWEST_PORT + Math.floor(Math.random() * (HIGHEST_PORT - LOWEST_PORT));
    try {
      server.listen(candidate, LOOPBACK);
      await once(server, 'listening');
      return candidate;
    } catch (error) {
      if (tries === TRIES) throw error;
      if (port !== undefined) await sleep(PAUSE_MS);
    }
  }
}
