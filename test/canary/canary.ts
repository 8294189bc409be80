/** Knows the secrets of a set of hosts, takes in all that they write, and finds the ones in the other. */
import type { TokenPair } from '../../src/local/simulator/token-sets.ts';
import { type Cargo, withoutCargo } from './conceal.ts';
import { describeFinds } from './describe-finds.ts';
import { type Answer, hearAnswers, type Hearing } from './hear.ts';
import { noteSecrets } from './ledger.ts';
import { createSearcher, type Searcher, type Secret } from './search.ts';

export type Canary = {
  /** Nobody may show these, from the beginning on. */
  keep(...secrets: readonly Secret[]): void;
  readonly keepPair: (pair: TokenPair) => void;
  /** Something that was written. The same again counts once. */
  readonly see: (where: string, text: string) => void;
  /** Something that goes on being written: it is read at the end. */
  watch(where: string, text: () => string): void;
  /**
   * Takes in all that this process is answered from this URL, but for what the answers are made to carry.
   *
   * @param tell told of each answer, too
   */
  hear(where: string, url: string, tell?: (answer: Answer) => void): void;
  /**
   * Searches all of it, once whoever writes has ended.
   *
   * @param kinds of secrets that there have to be: a search for nothing finds nothing
   * @throws {LeakError} when a secret was found
   * @throws when the search is blind: a secret is missing, or nothing was written
   */
  check(kinds?: readonly string[]): Promise<void>;
};

/** What leaks, leaks at every call. */
const MOST_LINES = 20;

/** A secret was written where it must not be. The message says which kind and where, and shows none of it. */
export class LeakError extends Error {
  override readonly name = 'LeakError';
}

export function createCanary(): Canary {
  const kinds = new Map<string, string>();
  const seen = new Map<string, string>();
  const watched: { readonly where: string; readonly text: () => string }[] = [];
  const hearings: Hearing[] = [];
  const keep = (...secrets: readonly Secret[]) => {
    const news = secrets.filter(({ value }) => !kinds.has(value));
    for (const { kind, value } of news) kinds.set(value, kind);
    noteSecrets(news);
  };
  const see = (where: string, text: string) => {
    if (!seen.has(text)) seen.set(text, where);
  };
  /** Callers' tokens are known by their answers alone; one that is known as something else is none. */
  const isCargo = (cargo: Cargo, value: string) => {
    if (cargo === 'caller token') keep({ kind: cargo, value });
    return kinds.get(value) === cargo;
  };
  return {
    keep,
    keepPair: ({ access, refresh }) =>
      keep({ kind: 'access token', value: access.token }, { kind: 'refresh token', value: refresh.token }),
    see,
    watch: (where, text) => void watched.push({ where, text }),
    hear(where, url, tell = () => undefined) {
      const hear = (answer: Answer) => {
        see(`${where} to ${answer.path}`, withoutCargo(answer, isCargo));
        tell(answer);
      };
      hearings.push(hearAnswers(url, hear));
    },
    async check(expected = []) {
      await Promise.all(hearings.map((hearing) => hearing.end()));
      for (const { where, text } of watched) see(where, text());
      const secrets = [...kinds].map(([value, kind]) => ({ kind, value }));
      const searcher = createSearcher(secrets);
      assertSight(searcher, secrets, expected);
      const texts = [...seen].map(([text, where]) => ({ where, text }));
      if (!texts.some(({ text }) => text !== '')) throw new Error('There is nothing to search: nothing was written');
      assertClean(searcher, texts);
    },
  };
}

/** @throws {LeakError} when one of these texts shows a secret */
export function assertClean(searcher: Searcher, texts: readonly { where: string; text: string }[]): void {
  const lines = texts.flatMap(({ where, text }) => describeFinds(where, text, searcher.search(text)));
  const [told, untold] = [lines.slice(0, MOST_LINES), lines.slice(MOST_LINES)];
  if (untold.length > 0) told.push(`… and ${untold.length} more`);
  if (told.length > 0) throw new LeakError(`Secrets were written where they must not be:\n${told.join('\n')}`);
}

function assertSight(searcher: Searcher, secrets: readonly Secret[], expected: readonly string[]): void {
  const known = new Set(secrets.map(({ kind }) => kind));
  const missing = expected.filter((kind) => !known.has(kind));
  if (missing.length > 0) throw new Error(`The search does not know what to look for: ${missing.join(', ')}`);
  const unseen = secrets.filter(({ value }) => searcher.search(`planted: ${value}`).length === 0);
  if (unseen.length > 0) throw new Error(`The search is blind for: ${unseen.map(({ kind }) => kind).join(', ')}`);
}
