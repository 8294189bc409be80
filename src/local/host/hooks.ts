// The app's hooks, kept and run as the Node.js worker does: in the order of registration, one after the other.
import { Disposable } from './core-api.ts';
import type { HookCallback } from './core-api.ts';

const HOOK_NAMES = ['appStart', 'appTerminate', 'preInvocation', 'postInvocation', 'log'] as const;
export type HookName = (typeof HOOK_NAMES)[number];

export interface Hooks {
  /** Throws a RangeError for a name that no hook has. */
  register(name: string, callback: HookCallback): Disposable;
  has(name: HookName): boolean;
  run(name: HookName, context: object): Promise<void>;
  /** For log hooks, which are not awaited. */
  runSync(name: HookName, context: object): void;
  /** What hooks of all kinds share. */
  appHookData: Record<string, unknown>;
  /** What appStart and appTerminate share. */
  appLevelHookData: Record<string, unknown>;
}

export function createHooks(): Hooks {
  const callbacks: Record<HookName, HookCallback[]> = {
    appStart: [],
    appTerminate: [],
    preInvocation: [],
    postInvocation: [],
    log: [],
  };
  return {
    appHookData: {},
    appLevelHookData: {},
    register(name, callback) {
      const known = HOOK_NAMES.find((hookName) => hookName === name);
      if (known === undefined) throw unknownHook(name);
      callbacks[known].push(callback);
      return new Disposable(() => {
        callbacks[known] = callbacks[known].filter((other) => other !== callback);
      });
    },
    has: (name) => callbacks[name].length > 0,
    async run(name, context) {
      for (const callback of callbacks[name]) await callback(context); // each sees what the one before it has changed
    },
    runSync(name, context) {
      for (const callback of callbacks[name]) callback(context);
    },
  };
}

function unknownHook(name: string): RangeError {
  const error = new RangeError(`Unrecognized hook "${name}"`);
  return Object.assign(error, { isAzureFunctionsSystemError: true }); // the library looks for this mark
}
