/**
 * Every effect of a worker has three points: before it, done but not answered, and after. The schedule says which
 * effect moves on next, so that a worker can be stalled, overtaken or killed at each of them.
 */

import { InvariantViolation } from './invariants.ts';

export type Effect = {
  readonly workerId: number;
  readonly label: string;
  /** Which faults can strike it. */
  readonly faults: readonly string[];
  stage: 'before' | 'done';
  /** A sleep can only be over from then on (world time). */
  readonly dueMs?: number;
  /** Does it, with a fault or without. */
  readonly perform: (fault: string | undefined) => void;
  /** Answers it. */
  readonly answer: () => void;
};

export type EffectPlan<T> = {
  readonly workerId: number;
  readonly label: string;
  readonly faults?: readonly string[];
  readonly dueMs?: number;
  /** Returns the answer, or throws it. */
  readonly perform: (fault: string | undefined) => T;
};

export type Effects = {
  readonly pending: () => readonly Effect[];
  /** Starts an effect; its promise settles when the schedule has had it performed and answered. */
  start<T>(plan: EffectPlan<T>, signal?: AbortSignal): Promise<T>;
  /** The worker is gone: what it has not done will not be done, what is done is not answered. */
  drop(workerId: number): void;
};

export function createEffects(): Effects {
  let pending: Effect[] = [];
  const remove = (effect: Effect) => {
    pending = pending.filter((other) => other !== effect);
  };
  return {
    pending: () => pending,
    start: (plan, signal) =>
      new Promise((resolve, reject) => {
        let settle = () => reject(new Error('Answered before it was done'));
        const effect: Effect = {
          workerId: plan.workerId,
          label: plan.label,
          faults: plan.faults ?? [],
          ...(plan.dueMs === undefined ? {} : { dueMs: plan.dueMs }),
          stage: 'before',
          perform(fault) {
            effect.stage = 'done';
            try {
              const answer = plan.perform(fault);
              settle = () => resolve(answer);
            } catch (error) {
              if (error instanceof InvariantViolation) throw error; // for the schedule, not for the worker
              settle = () => reject(error);
            }
          },
          answer() {
            remove(effect);
            settle();
          },
        };
        pending = [...pending, effect];
        signal?.addEventListener('abort', () => remove(effect)); // whoever waited has gone
      }),
    drop: (workerId) => {
      pending = pending.filter((effect) => effect.workerId !== workerId);
    },
  };
}
