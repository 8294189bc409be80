/** The token pairs that the simulator issues. */
import { randomBytes, randomUUID } from 'node:crypto';
import { toIso } from '../../iso-time.ts';
import type { Settings } from './state.ts';

export interface IssuedToken {
  readonly token: string;
  readonly lifeSeconds: number;
  readonly expiresAtMs: number;
}

export interface TokenPair {
  readonly access: IssuedToken;
  readonly refresh: IssuedToken;
  readonly issuedAtSeconds: number;
}

/** Creates a pair. Lives count from the whole second of `nowMs`, because a JWT's `exp` is one. */
export function issueTokenPair(
  nowMs: number,
  { accessLifeSeconds, refreshLifeSeconds }: Pick<Settings, 'accessLifeSeconds' | 'refreshLifeSeconds'>,
): TokenPair {
  const issuedAtSeconds = Math.floor(nowMs / 1000);
  const issue = (token: string, lifeSeconds: number): IssuedToken => {
    return { token, lifeSeconds, expiresAtMs: (issuedAtSeconds + lifeSeconds) * 1000 };
  };
  return {
    access: issue(createAccessToken(issuedAtSeconds, accessLifeSeconds), accessLifeSeconds),
    refresh: issue(randomBytes(64).toString('base64url'), refreshLifeSeconds),
    issuedAtSeconds,
  };
}

/** The body of a 201, in one of the two spellings that Quartile's documentation uses. */
export function renderTokenSet(pair: TokenPair, spelling: Settings['spelling']): Record<string, unknown> {
  const authorization = {
    token: pair.access.token,
    type: 'Bearer',
    expiresIn: pair.access.lifeSeconds,
    expiresAt: formatWithoutZone(pair.access.expiresAtMs),
    notBefore: pair.issuedAtSeconds,
    note: 'Send this token in the Authorization header of every request.',
  };
  const refresh = {
    token: pair.refresh.token,
    expiresIn: pair.refresh.lifeSeconds,
    expiresAt: formatWithoutZone(pair.refresh.expiresAtMs),
    note: 'The refresh token may expire or be disabled when you request a new set of tokens.',
  };
  if (spelling === 'camelCase') return { authorization, refresh };
  return { authorization: spellInSnakeCase(authorization), refresh: spellInSnakeCase(refresh) };
}

/** A JWT of about 1 KB, the size of a real one. */
function createAccessToken(issuedAtSeconds: number, lifeSeconds: number): string {
  const header = { alg: 'RS256', typ: 'JWT', kid: 'quartile-simulator' };
  const claims = {
    iss: 'https://simulator.quartile.invalid/',
    sub: 'local-user',
    aud: 'https://api.quartile.com',
    iat: issuedAtSeconds,
    exp: issuedAtSeconds + lifeSeconds,
    jti: randomUUID(),
    filler: randomBytes(180).toString('base64url'),
  };
  // Only Quartile can verify a signature, so random bytes of the right length are enough.
  return [encodeJson(header), encodeJson(claims), randomBytes(256).toString('base64url')].join('.');
}

function encodeJson(value: unknown): string {
  return Buffer.from(JSON.stringify(value)).toString('base64url');
}

/** As in the documentation's samples (`2022-06-10T17:08:48`): UTC, but without saying so. */
function formatWithoutZone(timeMs: number): string {
  return toIso(timeMs).slice(0, 19);
}

function spellInSnakeCase(fields: Record<string, unknown>): Record<string, unknown> {
  return Object.fromEntries(Object.entries(fields).map(([name, value]) => [toSnakeCase(name), value]));
}

function toSnakeCase(name: string): string {
  return name.replaceAll(/[A-Z]/g, (letter) => `_${letter.toLowerCase()}`);
}
