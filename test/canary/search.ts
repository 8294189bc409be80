/** Finds secrets in text: whole, encoded, or in parts of 16 characters. Pure. */

export type Secret = { readonly kind: string; readonly value: string };

/** The shortest part of a secret that counts. */
const SHORTEST_PART = 16;

/** Characters shown on both sides of a find. */
const CONTEXT = 20;

/**
 * Every part of 16 characters contains 9 seeds of 8 characters, and one of these starts at a multiple of 9. So only every
 * ninth seed of a secret is kept, and a text is read once, however many secrets there are.
 */
const SEED = 8;
const SEED_EVERY = SHORTEST_PART - SEED + 1;

type Form = { readonly kind: string; readonly encoding: string; readonly text: string };
type Find = { readonly what: string; readonly start: number; readonly end: number };

/**
 * @returns a search of one text. It returns a line for each kind and encoding found: how often, where first, and what
 *   surrounds it, with every secret masked
 * @throws if a secret is too short to be distinguished from chance
 */
export function createSearch(secrets: readonly Secret[]): (text: string) => string[] {
  const seeds = new Map<string, { form: Form; at: number }[]>();
  for (const form of secrets.flatMap(formsOf)) {
    for (let at = 0; at + SEED <= form.text.length; at += SEED_EVERY) {
      const seed = form.text.slice(at, at + SEED);
      const places = seeds.get(seed) ?? [];
      seeds.set(seed, places);
      places.push({ form, at });
    }
  }
  return (text) => {
    const finds: Find[] = [];
    for (let at = 0; at + SEED <= text.length; at += 1) {
      for (const place of seeds.get(text.slice(at, at + SEED)) ?? []) {
        const find = extend(text, at, place);
        if (find.end - find.start < SHORTEST_PART) continue;
        finds.push(find);
        at = find.end - 1;
        break;
      }
    }
    return describe(text, finds);
  };
}

/** The part of the secret around a seed. */
function extend(text: string, at: number, { form, at: formAt }: { form: Form; at: number }): Find {
  let [before, after] = [0, SEED];
  while (before < Math.min(at, formAt) && text[at - before - 1] === form.text[formAt - before - 1]) before += 1;
  while (formAt + after < form.text.length && text[at + after] === form.text[formAt + after]) after += 1;
  return { what: `${form.kind} (${form.encoding})`, start: at - before, end: at + after };
}

function describe(text: string, finds: readonly Find[]): string[] {
  let masked = text;
  for (const { start, end } of finds) {
    masked = masked.slice(0, start) + '*'.repeat(end - start) + masked.slice(end);
  }
  return [...Map.groupBy(finds, ({ what }) => what)].flatMap(([what, [first, ...more]]) => {
    if (first === undefined) return [];
    const { start, end } = first;
    const before = masked.slice(Math.max(0, start - CONTEXT), start);
    const context = `${before}[${end - start} characters]${masked.slice(end, end + CONTEXT)}`;
    return `${what}, ${more.length + 1} times, first at ${start}: ${JSON.stringify(context)}`;
  });
}

/** The forms in which a secret may appear in a log, a URL, a body or a table, each of them once. */
function formsOf({ kind, value }: Secret): Form[] {
  // The header of a JWT (RFC 7515 §3) is the same in all of them, and so is the start of its claims.
  const secret = value.replace(/^eyJ[\w-]+\.eyJ(?=[\w-]+\.[\w-]*$)/, '');
  if (secret.length < SHORTEST_PART) throw new Error(`A secret (${kind}) has fewer than ${SHORTEST_PART} characters`);
  const bytes = Buffer.from(secret);
  const url = encodeURIComponent(secret);
  const json = escapeJson(secret);
  const encodings: [encoding: string, text: string][] = [
    ['raw', secret],
    ['JSON', json],
    ['JSON in JSON', escapeJson(json)],
    ['URL-encoded', url],
    ['URL-encoded', url.replaceAll(/%[\dA-F]{2}/g, (escape) => escape.toLowerCase())],
    ['form-encoded', new URLSearchParams([['', secret]]).toString().slice(1)],
    ['hex', bytes.toString('hex')],
    ['hex', bytes.toString('hex').toUpperCase()],
    ...[0, 1, 2].map((offset): [string, string] => ['base64', encodeBase64(bytes, offset)]),
  ];
  encodings.push(...encodings.slice(-3).map(([, text]): [string, string] => ['base64url', toBase64Url(text)]));
  const texts = new Set<string>();
  return encodings.flatMap(([encoding, text]) => {
    if (texts.has(text)) return [];
    texts.add(text);
    return { kind, encoding, text };
  });
}

/** Base64 (RFC 4648 §4) after `offset` other bytes, without the letters at both ends that depend on the bytes around it. */
function encodeBase64(bytes: Uint8Array, offset: number): string {
  const shifted = Buffer.concat([Buffer.alloc(offset), bytes]);
  return shifted.toString('base64').slice(Math.ceil((offset * 8) / 6), Math.floor((shifted.length * 8) / 6));
}

function toBase64Url(text: string): string {
  return text.replaceAll('+', '-').replaceAll('/', '_');
}

function escapeJson(text: string): string {
  return JSON.stringify(text).slice(1, -1);
}
