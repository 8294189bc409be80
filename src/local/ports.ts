import { connect, createServer, type Server } from 'node:net';

const LOOPBACK = '127.0.0.1';

/** Below the ports that systems hand out by themselves: one given up for a while is not taken by somebody's socket. */
const LOWEST_PORT = 12_000;
const HIGHEST_PORT = 32_000;
const TRIES = 50;

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

/** A port that was free a moment ago. For programs that cannot take port 0 and tell what they got. */
export async function findFreePort(): Promise<number> {
  const server = createServer();
  const port = await listenQuietly(server);
  await new Promise((resolve) => server.close(resolve));
  return port;
}

/**
 * Listens on a port of this machine that may be given up and taken again.
 *
 * @param port any free one where it is left out
 * @returns the port
 */
export async function listenQuietly(server: Server, port?: number): Promise<number> {
  for (let tries = 1; ; tries += 1) {
    const candidate = port ?? LOWEST_PORT + Math.floor(Math.random() * (HIGHEST_PORT - LOWEST_PORT));
    try {
      await listen(server, candidate);
      return candidate;
    } catch (error) {
      if (tries === TRIES) throw error;
      if (port !== undefined) await new Promise((resolve) => setTimeout(resolve, 20));
    }
  }
}

function listen(server: Server, port: number): Promise<void> {
  return new Promise((resolve, reject) => {
    server.once('error', reject);
    server.listen(port, LOOPBACK, () => {
      server.off('error', reject);
      resolve();
    });
  });
}
