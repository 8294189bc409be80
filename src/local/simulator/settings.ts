import * as z from 'zod';

export const spellings = ['camelCase', 'snake_case'] as const;
export type Spelling = (typeof spellings)[number];

// A hundred years: above it `expiresAt` would leave the range of JavaScript's dates.
const lifeSeconds = z.number().int().min(1).max(3_153_600_000);

const plainSettingsSchema = z.strictObject({
  username: z.string().min(1),
  password: z.string().min(1),
  subscriptionKey: z.string().min(1),
  accessLifeSeconds: lifeSeconds,
  refreshLifeSeconds: lifeSeconds,
  spelling: z.enum(spellings),
});

/** What the simulator accepts and issues. Lives default to Quartile's own: 12 hours and 14 days. */
export const settingsSchema = plainSettingsSchema.extend({
  accessLifeSeconds: lifeSeconds.default(43_200),
  refreshLifeSeconds: lifeSeconds.default(1_209_600),
  spelling: z.enum(spellings).default('camelCase'),
});
export type Settings = z.infer<typeof settingsSchema>;

/** The body of `PATCH /simulator/settings`: any of the settings; no defaults, what is left out stays as it is. */
export const settingsPatchSchema = plainSettingsSchema.partial();
export type SettingsPatch = z.input<typeof settingsPatchSchema>;

/** The settings that may be shown: all but the credentials. */
export type OpenSettings = Pick<Settings, 'accessLifeSeconds' | 'refreshLifeSeconds' | 'spelling'>;

export function pickOpenSettings({ accessLifeSeconds, refreshLifeSeconds, spelling }: Settings): OpenSettings {
  return { accessLifeSeconds, refreshLifeSeconds, spelling };
}
