/** Takes out of an answer what it was made to carry, and nothing else. Pure. */
import * as z from 'zod';
import type { Answer } from './hear.ts';
import { parseJson } from '../../src/parse-json.ts';

/** What an answer may carry: Quartile's access token, or tokens of our own. A refresh token of Quartile's never. */
export type Cargo = 'access token' | 'caller token';

/** The routes whose answers carry secrets, and the members that do. */
const cargoes: ReadonlyMap<string, { readonly cargo: Cargo; readonly members: readonly string[] }> = new Map([
  ['/api/token', { cargo: 'access token', members: ['access_token'] }],
  ['/api/token/refresh', { cargo: 'access token', members: ['access_token'] }],
  ['/api/auth/login', { cargo: 'caller token', members: ['access_token', 'refresh_token'] }],
  ['/api/auth/refresh_token', { cargo: 'caller token', members: ['access_token'] }],
]);

const bodySchema = z.record(z.string(), z.unknown());

/**
 * The answer as text.
 *
 * @param isCargo whether that is what an answer is to carry: anything else in its place stays to be found
 */
export function withoutCargo(
  { path, status, head, body }: Pick<Answer, 'path' | 'status' | 'head' | 'body'>,
  isCargo: (cargo: Cargo, value: string) => boolean,
): string {
  const carried = status === 200 ? cargoes.get(path) : undefined;
  if (carried === undefined) return `${head}\n\n${body}`;
  const { cargo, members } = carried;
  if (cargo === 'access token' && isCargo(cargo, body)) return `${head}\n\n`; // bare, as text/plain
  const parsed = bodySchema.safeParse(parseJson(body)).data ?? {};
  let rest = body;
  for (const member of members) {
    const value = parsed[member];
    if (typeof value === 'string' && isCargo(cargo, value))
      rest = rest.replace(`"${member}":"${value}"`, `"${member}":""`);
  }
  return `${head}\n\n${rest}`;
}
