import { faultRuleSchema, type FaultList, type FaultRule, type FaultRuleInput } from './faults.ts';
import type { HeldAnswers } from './held-answers.ts';
import type { Revocable, Sessions } from './sessions.ts';
import { pickOpenSettings, settingsPatchSchema, settingsSchema } from './settings.ts';
import type { OpenSettings, Settings, SettingsPatch } from './settings.ts';
import { createStatistics, type Statistics } from './statistics.ts';

/** All that changes while the simulator runs. */
export interface SimulatorState {
  settings: Settings;
  statistics: Statistics;
  readonly sessions: Sessions;
  readonly faults: FaultList;
  readonly held: HeldAnswers;
}

export type SimulatorStats = Statistics & { readonly held: number };
export type Liveness = { readonly live: true; readonly expiresIn: number } | { readonly live: false };

/** The control routes' operations, for callers in the same process. Those that take input throw zod's error on a bad one. */
export interface Controls {
  /** A copy of the counters, and how many answers are held at this moment. */
  stats(): SimulatorStats;
  /** Adds a rule behind those there are. Returns it with its defaults. */
  addFault(rule: FaultRuleInput): FaultRule;
  /** Returns how many rules were dropped. Answers that are hanging or held stay so. */
  clearFaults(): number;
  /** Lets the held answers go, and processes those that were not yet. Returns how many. */
  release(): number;
  /** Forgets sessions, counters and faults, and closes held connections. Settings stay. */
  reset(): void;
  /** Changes settings for what is issued and checked from now on. Returns those that are no secret. */
  changeSettings(patch: SettingsPatch): OpenSettings;
  /** Makes all present tokens of a kind unknown. Returns how many were dropped. */
  revoke(what: Revocable): { access: number; refresh: number };
  /** Whether an access token would be accepted now; `expiresIn` in whole seconds. */
  checkAccessToken(token: string): Liveness;
}

export function createControls(state: SimulatorState, now: () => number): Controls {
  return {
    stats: () => ({ ...structuredClone(state.statistics), held: state.held.count() }),
    addFault(input) {
      const rule = faultRuleSchema.parse(input);
      state.faults.add(rule);
      return rule;
    },
    clearFaults: () => state.faults.clear(),
    release: () => state.held.release(),
    reset() {
      state.statistics = createStatistics();
      state.sessions.clear();
      state.faults.clear();
      state.held.drop();
    },
    changeSettings(input) {
      const changes = Object.entries(settingsPatchSchema.parse(input)).filter(([, value]) => value !== undefined);
      state.settings = settingsSchema.parse({ ...state.settings, ...Object.fromEntries(changes) });
      return pickOpenSettings(state.settings);
    },
    revoke: (what) => state.sessions.revoke(what),
    checkAccessToken(token) {
      const leftMs = state.sessions.measureAccessToken(token, now());
      return leftMs > 0 ? { live: true, expiresIn: Math.floor(leftMs / 1000) } : { live: false };
    },
  };
}
