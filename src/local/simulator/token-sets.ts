import { randomBytes, randomUUID } from 'node:crypto';
import type { Settings, Spelling } from './settings.ts';

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

/** A pair of brand-new tokens. Lives count from the whole second of `nowMs`, because a JWT's `exp` is one. */
export function issueTokenPair(
  nowMs: number,
  lives: Pick<Settings, 'accessLifeSeconds' | 'refreshLifeSeconds'>,
): TokenPair {
  const issuedAtSeconds = Math.floor(nowMs / 1000);
  const endOf = (lifeSeconds: number): number => (issuedAtSeconds + lifeSeconds) * 1000;
  const { accessLifeSeconds, refreshLifeSeconds } = lives;
  return {
    access: {
      token: makeAccessToken(issuedAtSeconds, issuedAtSeconds + accessLifeSeconds),
      lifeSeconds: accessLifeSeconds,
      expiresAtMs: endOf(accessLifeSeconds),
    },
    refresh: {
      token: randomBytes(64).toString('base64url'),
      lifeSeconds: refreshLifeSeconds,
      expiresAtMs: endOf(refreshLifeSeconds),
    },
    issuedAtSeconds,
  };
}

/** The body of a 201, in either of the two spellings that Quartile's documentation uses. */
export function renderTokenSet(pair: TokenPair, spelling: Spelling): Record<string, unknown> {
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

function makeAccessToken(issuedAtSeconds: number, expiresAtSeconds: number): string {
  const header = { alg: 'RS256', typ: 'JWT', kid: 'quartile-simulator' };
  const claims = {
    iss: 'https://simulator.quartile.invalid/',
    sub: 'local-user',
    aud: 'https://api.quartile.com',
    iat: issuedAtSeconds,
    exp: expiresAtSeconds,
    jti: randomUUID(),
    filler: randomBytes(180).toString('base64url'), // brings the whole to about 1 KB, the size of a real one
  };
  // Nobody but Quartile can check the signature, so random bytes of an RS256 signature's length will do.
  const signature = randomBytes(256).toString('base64url');
  return `${encodeJson(header)}.${encodeJson(claims)}.${signature}`;
}

function encodeJson(value: unknown): string {
  return Buffer.from(JSON.stringify(value)).toString('base64url');
}

/** As in the documentation's samples (`2022-06-10T17:08:48`): UTC, but it does not say so. */
function formatWithoutZone(timeMs: number): string {
  return new Date(timeMs).toISOString().slice(0, 19);
}

function spellInSnakeCase(fields: Record<string, unknown>): Record<string, unknown> {
  return Object.fromEntries(Object.entries(fields).map(([name, value]) => [toSnakeCase(name), value]));
}

function toSnakeCase(name: string): string {
  return name.replaceAll(/[A-Z]/g, (letter) => `_${letter.toLowerCase()}`);
}
