/** The forms in which a secret may show: whoever logs, encodes or escapes does not ask whether it is one. Pure. */

/** A form of a secret, and its name. */
export type Variant = { readonly name: string; readonly text: string };

/** The forms of a text, each of them once: many secrets look the same raw and URL-encoded. */
export function variantsOf(value: string): Variant[] {
  const bytes = Buffer.from(value);
  const escaped = escapeJson(value);
  const forms: Variant[] = [
    { name: 'raw', text: value },
    { name: 'JSON', text: escaped },
    { name: 'JSON in JSON', text: escapeJson(escaped) },
    { name: 'URL-encoded', text: encodeURIComponent(value) },
    { name: 'URL-encoded in lower case', text: lowerEscapes(encodeURIComponent(value)) },
    { name: 'form-encoded', text: new URLSearchParams([['', value]]).toString().slice(1) },
    { name: 'hex', text: bytes.toString('hex') },
    { name: 'upper-case hex', text: bytes.toString('hex').toUpperCase() },
    ...[0, 1, 2].flatMap((offset) => {
      const text = encodeBase64(bytes, offset);
      return [
        { name: 'base64', text },
        { name: 'base64url', text: text.replaceAll('+', '-').replaceAll('/', '_') },
      ];
    }),
  ];
  const seen = new Set<string>();
  return forms.filter(({ text }) => !seen.has(text) && seen.add(text));
}

/**
 * Base64 (RFC 4648 §4) as it stands where `offset` bytes of something else come before it, modulo 3. A letter at either end
 * that depends on what stands beside the bytes is left out.
 */
export function encodeBase64(bytes: Uint8Array, offset: number): string {
  const shifted = Buffer.concat([Buffer.alloc(offset), bytes]);
  return shifted.toString('base64').slice(Math.ceil((offset * 8) / 6), Math.floor((shifted.length * 8) / 6));
}

function escapeJson(text: string): string {
  return JSON.stringify(text).slice(1, -1);
}

function lowerEscapes(encoded: string): string {
  return encoded.replaceAll(/%[\dA-F]{2}/g, (escape) => escape.toLowerCase());
}
