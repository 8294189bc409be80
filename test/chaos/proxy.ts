/**
 * A proxy in front of one server, for one worker: it can be cut, it can stall, and it catches a request on its way, so
 * that a test knows how far the worker is. It hands on what it gets as it is; a SharedKey signature does not cover the
 * host, so Azurite accepts what was signed for the proxy's port.
 */
import { createServer, type IncomingHttpHeaders, type IncomingMessage, type ServerResponse } from 'node:http';
import { text } from 'node:stream/consumers';
import { listenQuietly } from '../../src/local/ports.ts';
import { unlisten } from './port.ts';
import { createForwarder, type ProxiedAnswer } from './forwarder.ts';

export type ProxiedRequest = {
  readonly method: string;
  readonly path: string;
  readonly headers: IncomingHttpHeaders;
  readonly body: string;
};

/** `pass`; `cut`: nothing listens, and what was under way breaks; `stall`: accepted, and handed on when that ends. */
export type ProxyMode = 'pass' | 'cut' | 'stall';

export type Trap = {
  /** Before the server gets the request, or when it has answered with success, and the worker does not know yet. */
  readonly at: 'before' | 'after';
  readonly matches: (request: ProxiedRequest) => boolean;
  /** The request is held from now on. */
  readonly onCaught: (held: HeldRequest) => void;
};

export type HeldRequest = {
  readonly request: ProxiedRequest;
  /** Lets it go on, whether or not its sender still lives. */
  release(): void;
  /** Breaks the connection. A request that was held before the server is never delivered. */
  drop(): void;
};

/** A request that was sent, and what its sender was answered: `undefined` where it was not, or not yet. */
export type Sighting = { readonly request: ProxiedRequest; answered: number | undefined };

export type Proxy = {
  readonly port: number;
  setMode(mode: ProxyMode): Promise<void>;
  /** Catches the first request that the trap matches. */
  arm(trap: Trap): void;
  disarm(): void;
  close(): Promise<void>;
};

/**
 * @param onSent told of every request as it comes in
 * @param onAnswered told of every answer as it is passed on
 */
export async function startProxy(
  targetPort: number,
  onSent: (sighting: Sighting) => void,
  onAnswered: (request: ProxiedRequest, answer: ProxiedAnswer) => void = () => {},
): Promise<Proxy> {
  const forwarder = createForwarder(targetPort);
  const held = new Set<HeldRequest>();
  let mode: ProxyMode = 'pass';
  let trap: Trap | undefined;
  let stall = { over: Promise.resolve(), end: () => {} };

  /** Whether it may go on. */
  const passTrap = async (at: Trap['at'], request: ProxiedRequest): Promise<boolean> => {
    if (trap?.at === at && trap.matches(request)) {
      const { onCaught } = trap;
      trap = undefined;
      const isReleased = await new Promise<boolean>((resolve) => {
        const caught = { request, release: () => resolve(true), drop: () => resolve(false) };
        held.add(caught);
        onCaught(caught);
      });
      if (!isReleased) return false;
    }
    await stall.over;
    return true;
  };

  const handle = async (message: IncomingMessage, response: ServerResponse): Promise<void> => {
    const request = await readRequest(message);
    const sighting: Sighting = { request, answered: undefined };
    onSent(sighting);
    if (!(await passTrap('before', request))) return void response.destroy();
    const answer = await forwarder.forward(request);
    const isSuccess = answer.status < 300;
    if (isSuccess && !(await passTrap('after', request))) return void response.destroy();
    if (response.destroyed) return;
    sighting.answered = answer.status;
    onAnswered(request, answer);
    response.writeHead(answer.status, answer.headers).end(answer.body);
  };

  const server = createServer((message, response) => {
    handle(message, response).catch(() => response.destroy()); // a sender that left, or a server that is gone
  });
  server.keepAliveTimeout = 0; // an idle connection that we closed would look like a fault
  const port = await listenQuietly(server);

  const setMode = async (next: ProxyMode): Promise<void> => {
    if (next === mode) return;
    const last = mode;
    mode = next;
    if (last === 'stall') stall.end();
    if (next === 'stall') stall = startStall();
    if (last === 'cut') await listenQuietly(server, port);
    if (next === 'cut') {
      for (const caught of held) caught.drop();
      await unlisten(server);
    }
  };
  return {
    port,
    setMode,
    arm: (next) => (trap = next),
    disarm: () => (trap = undefined),
    async close() {
      await setMode('cut');
      forwarder.close();
    },
  };
}

function startStall(): { over: Promise<void>; end: () => void } {
  const { promise, resolve } = Promise.withResolvers<void>();
  return { over: promise, end: resolve };
}

/** Reads a request to its end. @throws when its sender leaves before */
export async function readRequest(message: IncomingMessage): Promise<ProxiedRequest> {
  const { method = 'GET', url: path = '/', headers } = message;
  return { method, path, headers, body: await text(message) };
}
