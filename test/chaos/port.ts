import type { Server } from 'node:http';

/** Below the ports that systems hand out by themselves: one given up for a while is not taken by somebody's socket. */
const LOWEST_PORT = 12_000;
const HIGHEST_PORT = 32_000;
const TRIES = 50;

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

/** Nothing listens any more, and every connection is broken. */
export async function unlisten(server: Server): Promise<void> {
  const closed = new Promise((resolve) => server.close(resolve));
  server.closeAllConnections();
  await closed;
}

function listen(server: Server, port: number): Promise<void> {
  return new Promise((resolve, reject) => {
    server.once('error', reject);
    server.listen(port, '127.0.0.1', () => {
      server.off('error', reject);
      resolve();
    });
  });
}
