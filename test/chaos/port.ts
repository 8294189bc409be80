import type { Server } from 'node:http';

/** Nothing listens any more, and every connection is broken. */
export async function unlisten(server: Server): Promise<void> {
  const closed = new Promise((resolve) => server.close(resolve));
  server.closeAllConnections();
  await closed;
}
