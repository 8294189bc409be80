/** Finds secrets in what was written: whole, in other forms, and in parts of 16 characters. Pure. */
import { type Variant, variantsOf } from './variants.ts';

export type Secret = { readonly kind: string; readonly value: string };

export type Find = {
  readonly kind: string;
  /** The form that it was found in. */
  readonly variant: string;
  /** Where the part begins and ends in the text that was searched. */
  readonly start: number;
  readonly end: number;
};

export type Searcher = {
  /** All parts of secrets in a text, in their order. */
  search(text: string): Find[];
};

/** The shortest part of a secret that counts. */
export const SHORTEST_PART = 16;

/**
 * Every part of 16 characters has 9 seeds of 8 in it, one of which begins at a multiple of 9: so few have to be kept, and
 * what was written is read once, whatever the number of secrets.
 */
const SEED = 8;
const SEED_EVERY = SHORTEST_PART - SEED + 1;

type Known = Variant & { readonly kind: string; readonly open: readonly string[] };
type Place = { readonly known: Known; readonly at: number };

/** @throws when a secret is too short to be told from chance */
export function createSearcher(secrets: readonly Secret[]): Searcher {
  const places = new Map<string, Place[]>();
  for (const known of secrets.flatMap(formsOf)) {
    for (let at = 0; at + SEED <= known.text.length; at += SEED_EVERY) {
      const seed = known.text.slice(at, at + SEED);
      const there = places.get(seed);
      if (there) there.push({ known, at });
      else places.set(seed, [{ known, at }]);
    }
  }
  return {
    search(text) {
      const finds: Find[] = [];
      for (let at = 0; at + SEED <= text.length; at += 1) {
        const candidates = places.get(text.slice(at, at + SEED)) ?? [];
        const find = longest(candidates.flatMap((place) => judge(text, at, place)));
        if (!find) continue;
        finds.push(find);
        at = find.end - 1;
      }
      return finds;
    },
  };
}

function formsOf({ kind, value }: Secret): Known[] {
  if (value.length < SHORTEST_PART) {
    throw new Error(`A secret (${kind}) is shorter than ${SHORTEST_PART} characters: nobody could search for it`);
  }
  const open = openPart(value);
  const openForms = open === undefined ? [] : variantsOf(open).map(({ text }) => text);
  return variantsOf(value).map((variant) => ({ ...variant, kind, open: openForms }));
}

/** The header of a JWT (RFC 7515 §3) tells nothing, and is everybody's; so is the letter group that claims begin with. */
function openPart(value: string): string | undefined {
  return /^eyJ[\w-]+\.eyJ(?=[\w-]+\.[\w-]*$)/.exec(value)?.[0];
}

/** The part around a seed, if it is long enough and says anything. */
function judge(text: string, at: number, { known, at: knownAt }: Place): Find[] {
  let [before, after] = [0, SEED];
  while (at - before > 0 && knownAt - before > 0 && text[at - before - 1] === known.text[knownAt - before - 1]) {
    before += 1;
  }
  while (knownAt + after < known.text.length && text[at + after] === known.text[knownAt + after]) after += 1;
  if (before + after < SHORTEST_PART) return [];
  const [start, end] = [at - before, at + after];
  if (known.open.some((open) => open.includes(text.slice(start, end)))) return [];
  return [{ kind: known.kind, variant: known.name, start, end }];
}

function longest(finds: readonly Find[]): Find | undefined {
  return finds.toSorted((a, b) => b.end - b.start - (a.end - a.start))[0];
}
