/**
 * Hears every answer that this process gets from a server, however it asks: by `fetch`, or by `node:http`. A recorder that
 * tests had to call would miss whatever the next test forgets to hand to it, so that `fetch` is replaced, once.
 */
import { subscribe } from 'node:diagnostics_channel';
import { ClientRequest, IncomingMessage } from 'node:http';
import * as z from 'zod';

export type Answer = {
  /** Of the request. */
  readonly method: string;
  /** Without the query. */
  readonly path: string;
  readonly status: number;
  /** The status line and the headers, a line each. */
  readonly head: string;
  readonly headers: Headers;
  readonly body: string;
};

export type Hearing = {
  /** Resolves when no answer is under way any more, and hears nothing from then on. */
  end(): Promise<void>;
};

type Ear = { readonly tell: (answer: Answer) => void; readonly underWay: Set<Promise<void>> };

const ears = new Map<string, Ear>();
let isListening = false;

/** @param tell told of every complete answer of the server at this URL; an answer that breaks off is none */
export function hearAnswers(url: string, tell: (answer: Answer) => void): Hearing {
  if (!isListening) listen();
  isListening = true;
  const { origin } = new URL(url);
  const ear: Ear = { tell, underWay: new Set() };
  ears.set(origin, ear);
  return {
    async end() {
      while (ear.underWay.size > 0) await Promise.all(ear.underWay);
      if (ears.get(origin) === ear) ears.delete(origin); // the port may be another server's by now
    },
  };
}

function listen(): void {
  const plainFetch = globalThis.fetch;
  globalThis.fetch = async (input, init) => {
    const answer = await plainFetch(input, init);
    const url = new URL(answer.url);
    const ear = ears.get(url.origin);
    if (ear) note(ear, readFetched(answer.clone(), { path: url.pathname, method: new Request(input, init).method }));
    return answer;
  };
  subscribe('http.client.response.finish', (message) => {
    const exchange = exchangeSchema.safeParse(message);
    if (!exchange.success) return;
    const { request, response } = exchange.data;
    const url = new URL(request.path, `${request.protocol}//${String(request.getHeader('host'))}`);
    const ear = ears.get(url.origin);
    if (ear) note(ear, readMessage(response, { path: url.pathname, method: request.method }));
  });
}

const exchangeSchema = z.object({ request: z.instanceof(ClientRequest), response: z.instanceof(IncomingMessage) });

function note({ tell, underWay }: Ear, reading: Promise<Answer>): void {
  const noted = reading.then(tell, () => undefined).finally(() => underWay.delete(noted)); // one that broke off is none
  underWay.add(noted);
}

type Asked = Pick<Answer, 'path' | 'method'>;

async function readFetched(answer: Response, asked: Asked): Promise<Answer> {
  const { status, statusText, headers } = answer;
  const lines = [...headers].map(([name, value]) => `${name}: ${value}`);
  const head = [`${status} ${statusText}`, ...lines].join('\n');
  return { ...asked, status, head, headers, body: await answer.text() };
}

function readMessage(message: IncomingMessage, asked: Asked): Promise<Answer> {
  const { statusCode: status = 0, statusMessage = '', rawHeaders } = message;
  const head = [`${status} ${statusMessage}`, ...rawHeaders].join('\n');
  const headers = new Headers(Object.entries(message.headersDistinct).map(([name, values]) => [name, String(values)]));
  const chunks: Buffer[] = [];
  // What the other listener reads is read here, too: a stream gives every chunk to all of them.
  message.on('data', (chunk: Buffer | string) => chunks.push(Buffer.from(chunk)));
  return new Promise((resolve, reject) => {
    message.once('end', () => {
      resolve({ ...asked, status, head, headers, body: Buffer.concat(chunks).toString('utf8') });
    });
    message.once('error', reject);
    message.once('close', () => reject(new Error('The answer broke off')));
  });
}
