/** What a column holds, where that is JSON; `undefined` else: to be judged by a schema. */
export function parseJson(json: unknown): unknown {
  if (typeof json !== 'string') return undefined;
  try {
    return JSON.parse(json);
  } catch {
    return undefined;
  }
}
