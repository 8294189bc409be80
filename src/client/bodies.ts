/** Reads bodies of answers, within limits. */
import { parseJson } from '../parse-json.ts';
import { sleep } from '../sleep.ts';
import { isObject } from './answers.ts';
import { join } from './waiting.ts';

export type Reading = { readonly text: string; readonly isTooLong: boolean };

/**
 * Reads a stream of bytes as text, then cancels it. Compressed bytes count as they are after decompression.
 *
 * @param signal ends the reading; the result is what has arrived
 */
export async function readStream(
  stream: ReadableStream<Uint8Array>,
  limitBytes: number,
  signal?: AbortSignal,
): Promise<Reading> {
  const reader = stream.getReader();
  // Not awaited: one half of a stream that was split waits for the other half.
  const cancel = () => void reader.cancel().catch(() => undefined);
  signal?.addEventListener('abort', cancel);
  const decoder = new TextDecoder();
  let text = '';
  try {
    for (let leftBytes = limitBytes; ;) {
      const { done, value } = await reader.read();
      if (done) return { text, isTooLong: false };
      leftBytes -= value.length;
      if (leftBytes < 0) return { text, isTooLong: true };
      text += decoder.decode(value, { stream: true });
    }
  } finally {
    signal?.removeEventListener('abort', cancel);
    cancel();
  }
}

/** As the service itself limits bodies. */
const LONGEST_BODY_BYTES = 256 * 1024;

/** Reads an answer of the service. @returns `undefined` if it is too long */
export async function readText(response: Response): Promise<string | undefined> {
  if (typeof response.body?.getReader === 'function') {
    const { text, isTooLong } = await readStream(response.body, LONGEST_BODY_BYTES);
    return isTooLong ? undefined : text;
  }
  const text = await response.text(); // no body, or a `fetch` of a package
  return text.length > LONGEST_BODY_BYTES ? undefined : text;
}

/** The gateway's words are short, and arrive with its headers. More is neither read nor awaited. */
const WORDS_BYTES = 16_384;
const WORDS_MS = 3_000;

/**
 * Reads the words of a refusal from a copy of its body.
 *
 * @returns what has arrived in time
 * @throws the signal's reason
 */
export async function readWords(copy: ReadableStream<Uint8Array>, signal?: AbortSignal): Promise<string> {
  const enough = new AbortController();
  const reading = readStream(copy, WORDS_BYTES, enough.signal).catch(() => undefined);
  try {
    await join(reading, WORDS_MS, signal);
  } finally {
    enough.abort();
  }
  return (await reading)?.text ?? '';
}

/** What we use of a readable stream of Node, which a client for browsers cannot import. */
export type NodeStream = {
  readonly readableLength: number;
  read(): unknown;
  unshift(chunk: unknown): unknown;
  on(event: 'readable', listener: () => void): unknown;
  removeListener(event: 'readable', listener: () => void): unknown;
};

export function isNodeStream(body: unknown): body is NodeStream {
  return (
    isObject(body) && ['read', 'unshift', 'on', 'removeListener'].every((name) => typeof body[name] === 'function')
  );
}

/**
 * Looks at the words of a refusal in a stream of Node. All of them are put back at once, so that the caller can read the
 * stream from its start, whenever this ends.
 *
 * @returns what has arrived in time
 * @throws the signal's reason
 */
export async function peekWords(stream: NodeStream, signal?: AbortSignal): Promise<string> {
  let text = '';
  let seenBytes = 0;
  const complete = new AbortController();
  const look = () => {
    if (stream.readableLength === seenBytes) return; // the event is about the end, or about what was put back
    const chunk = stream.read();
    if (chunk === null) return;
    stream.unshift(chunk);
    seenBytes = stream.readableLength;
    text = decode(chunk);
    if (seenBytes >= WORDS_BYTES || parseJson(text) !== undefined) complete.abort();
  };
  stream.on('readable', look);
  try {
    await join(sleep(WORDS_MS, complete.signal), WORDS_MS, signal);
  } finally {
    complete.abort();
    stream.removeListener('readable', look);
  }
  return text;
}

/** Decodes what a body can be in parts. @returns '' for anything but bytes and text */
export function decode(bytes: unknown): string {
  if (typeof bytes === 'string') return bytes;
  if (bytes instanceof ArrayBuffer) return new TextDecoder().decode(bytes);
  if (!ArrayBuffer.isView(bytes)) return '';
  return new TextDecoder().decode(new Uint8Array(bytes.buffer, bytes.byteOffset, bytes.byteLength));
}
