/** Formats a time for people, columns and answers: ISO 8601, UTC. */
export function toIso(ms: number): string {
  return new Date(ms).toISOString();
}
