/** Collects the secrets of a set of hosts and everything that they write, answer and store, and searches it at the end. */
import { appendFileSync } from 'node:fs';
import type { TokenPair } from '../../src/local/simulator/token-sets.ts';
import { createSearch, type Secret } from './search.ts';

export type Answer = {
  readonly method: string;
  /** The path of the request, without the query. */
  readonly path: string;
  readonly status: number;
  readonly headers: Headers;
  readonly body: string;
};

export type Canary = {
  /** Declares secrets. They may not appear in anything collected, before or after this call. */
  keep(...secrets: readonly Secret[]): void;
  readonly keepPair: (pair: TokenPair) => void;
  /** Collects a text. */
  readonly see: (where: string, text: string) => void;
  /** Collects a text that is still growing: it is read by `check`. */
  watch(where: string, text: () => string): void;
  /** Collects every answer that this process fetches from this origin, except the tokens it is made to carry. */
  hear(where: string, url: string, tell?: (answer: Answer) => void): void;
  /**
   * Searches everything. To be called when the hosts have stopped.
   *
   * @param kinds kinds of secrets that must be known, or the search is worthless
   * @throws {LeakError} if a secret is found
   */
  check(kinds?: readonly string[]): void;
};

/** A secret in a place where it may not be. The message gives its kind and the place, and shows none of it. */
export class LeakError extends Error {
  override readonly name = 'LeakError';
}

/** The environment variable that names the file in which test processes note their secrets, for `run-searched.ts`. */
export const LEDGER = 'CANARY_LEDGER';

/** A leak often repeats with each call. */
const MOST_LINES = 20;

/** The routes whose answers carry tokens, and the kind: Quartile's access token, or tokens of our own. */
const CARGO: Readonly<Record<string, string>> = {
  '/api/token': 'access token',
  '/api/token/refresh': 'access token',
  '/api/auth/login': 'caller token',
  '/api/auth/refresh_token': 'caller token',
};

const listeners = new Map<string, (answer: Answer) => void>();
let isListening = false;

export function createCanary(): Canary {
  const kinds = new Map<string, string>();
  const seen = new Map<string, string>();
  const watched: { readonly where: string; readonly text: () => string }[] = [];
  const keep = (...secrets: readonly Secret[]) => {
    const added = secrets.filter(({ value }) => !kinds.has(value));
    for (const { kind, value } of added) kinds.set(value, kind);
    noteSecrets(added);
  };
  const see = (where: string, text: string) => {
    if (!seen.has(text)) seen.set(text, where);
  };
  const withoutCargo = ({ path, status, body }: Answer) => {
    const kind = status === 200 ? CARGO[path] : undefined;
    if (kind === undefined) return body;
    const members = [...body.matchAll(/"(?:access|refresh)_token":"([^"]+)"/g)].map(([, value = '']) => value);
    // Callers' tokens become known here, and only here.
    if (kind === 'caller token') keep(...members.map((value) => ({ kind, value })));
    const cargo = [body, ...members].filter((value) => kinds.get(value) === kind);
    return cargo.reduce((rest, value) => rest.replace(value, ''), body); // only once: a second copy is a leak
  };
  return {
    keep,
    keepPair: ({ access, refresh }) =>
      keep({ kind: 'access token', value: access.token }, { kind: 'refresh token', value: refresh.token }),
    see,
    watch: (where, text) => void watched.push({ where, text }),
    hear(where, url, tell = () => undefined) {
      listen();
      listeners.set(new URL(url).origin, (answer) => {
        const head = [...answer.headers].map(([name, value]) => `${name}: ${value}`).join('\n');
        see(`${where} to ${answer.path}`, `${answer.status}\n${head}\n\n${withoutCargo(answer)}`);
        tell(answer);
      });
    },
    check(expected = []) {
      const known = new Set(kinds.values());
      const missing = expected.filter((kind) => !known.has(kind));
      if (missing.length > 0) throw new Error(`The search does not know what to look for: ${missing.join(', ')}`);
      for (const { where, text } of watched) see(where, text());
      if ([...seen.keys()].join('') === '') throw new Error('There is nothing to search: nothing was collected');
      assertClean(
        [...kinds].map(([value, kind]) => ({ kind, value })),
        [...seen].map(([text, where]) => ({ where, text })),
      );
    },
  };
}

/** Notes secrets for the search of the output. Synchronous, because a test process may be killed at any time. */
function noteSecrets(secrets: readonly Secret[]): void {
  const file = process.env[LEDGER];
  if (file === undefined) return;
  appendFileSync(file, secrets.map((secret) => `${JSON.stringify(secret)}\n`).join(''), { mode: 0o600 });
}

/** @throws {LeakError} if one of the texts shows a secret */
export function assertClean(secrets: readonly Secret[], texts: readonly { where: string; text: string }[]): void {
  const search = createSearch(secrets);
  const lines = texts.flatMap(({ where, text }) => search(text).map((find) => `In ${where}: ${find}`));
  if (lines.length === 0) return;
  const rest = lines.length > MOST_LINES ? [`… and ${lines.length - MOST_LINES} more`] : [];
  throw new LeakError(['Secrets are where they must not be:', ...lines.slice(0, MOST_LINES), ...rest].join('\n'));
}

/** Replaces `fetch`, once: a recorder that each test had to call would miss the tests that forget it. */
function listen(): void {
  if (isListening) return;
  isListening = true;
  const plainFetch = globalThis.fetch;
  globalThis.fetch = async (input, init) => {
    const answer = await plainFetch(input, init);
    const { origin, pathname } = new URL(answer.url);
    const tell = listeners.get(origin);
    const body =
      tell &&
      (await answer
        .clone()
        .text()
        .catch(() => undefined)); // an answer that breaks off has none
    if (tell && body !== undefined) {
      const { method } = new Request(input, init);
      tell({ method, path: pathname, status: answer.status, headers: answer.headers, body });
    }
    return answer;
  };
}
