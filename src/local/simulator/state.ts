/** What the simulator accepts and issues, and everything that changes while it runs. */
import type { ServerResponse } from 'node:http';
import * as z from 'zod';
import type { FaultRule } from './faults.ts';

/** Harmless: they are valid for a simulator only. */
export const localCredentials = {
  username: 'local@example.com',
  password: 'local-password',
  subscriptionKey: 'local-subscription-key-000000000',
};

export const spellings = ['camelCase', 'snake_case'] as const;

/** Whole seconds up to a hundred years: with more, `expiresAt` would exceed the range of JavaScript's dates. */
const lifeSeconds = z.number().int().min(1).max(3_153_600_000);

const plainSchema = z.strictObject({
  username: z.string().min(1),
  password: z.string().min(1),
  subscriptionKey: z.string().min(1),
  accessLifeSeconds: lifeSeconds,
  refreshLifeSeconds: lifeSeconds,
  /** How the fields of a token set are spelled. */
  spelling: z.enum(spellings),
});

/** The lives default to Quartile's own: 12 hours and 14 days. */
export const settingsSchema = plainSchema.extend({
  accessLifeSeconds: lifeSeconds.default(43_200),
  refreshLifeSeconds: lifeSeconds.default(1_209_600),
  spelling: z.enum(spellings).default('camelCase'),
});
export type Settings = z.output<typeof settingsSchema>;

/** The body of `PATCH /simulator/settings`: settings that are left out stay as they are. */
export const settingsPatchSchema = plainSchema.partial();

/**
 * `requests` counts all that arrived; `logins` and `refreshes` those that issued a pair, even if it did not reach the
 * client; `refused` those that the simulator's own rules refused, by reason; `faults` the uses of fault rules.
 */
export function createStatistics() {
  return {
    logins: 0,
    refreshes: 0,
    requests: { login: 0, refresh: 0 },
    refused: {
      subscriptionKey: 0,
      credentials: 0,
      spentRefreshToken: 0,
      expiredRefreshToken: 0,
      unknownRefreshToken: 0,
      malformed: 0,
    },
    faults: 0,
  };
}
export type Statistics = ReturnType<typeof createStatistics>;
export type Refusal = keyof Statistics['refused'];
export type Route = keyof Statistics['requests'];

export interface State {
  settings: Settings;
  statistics: Statistics;
  /** When each access token expires, in milliseconds. A refresh or another login ends none of them. */
  readonly accessTokens: Map<string, number>;
  readonly refreshTokens: Map<string, { readonly expiresAtMs: number; isSpent: boolean }>;
  faults: { readonly rule: FaultRule; usesLeft: number }[];
  /** The responses that a `hold` fault keeps back, each with the function that lets it go. */
  readonly held: Map<ServerResponse, () => void>;
}

/** @throws zod's error for a bad setting */
export function createState(settings: z.input<typeof settingsSchema>): State {
  return {
    settings: settingsSchema.parse(settings),
    statistics: createStatistics(),
    accessTokens: new Map(),
    refreshTokens: new Map(),
    faults: [],
    held: new Map(),
  };
}
