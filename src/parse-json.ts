/** Parses a text as JSON. @returns `undefined` for a text that is not JSON, and for a value that is not text */
export function parseJson(text: unknown): unknown {
  if (typeof text !== 'string') return undefined;
  try {
    return JSON.parse(text);
  } catch {
    return undefined;
  }
}
