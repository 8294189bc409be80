// Loads the built app as the Node.js worker does: provides `@azure/functions-core`, then requires the file that `main`
// in package.json names, and keeps what it registers.
import { existsSync, readFileSync } from 'node:fs';
import Module, { createRequire } from 'node:module';
import path from 'node:path';
import * as z from 'zod';
import { Disposable } from './core-api.ts';
import type { CoreApi, ProgrammingModel, RpcLogCategory, RpcLogLevel } from './core-api.ts';
import { createHooks } from './hooks.ts';
import type { Hooks } from './hooks.ts';
import { describeError, SHOWN_LEVELS } from './log.ts';
import type { Log } from './log.ts';
import { describeFunction } from './triggers.ts';
import type { HostFunction } from './triggers.ts';

/** The host cannot start: `message` says why and what to do about it, in one line. */
export class StartError extends Error {
  readonly code = 'host_start_failed';
}

export interface App {
  functions: HostFunction[];
  model: ProgrammingModel;
  hooks: Hooks;
  /** A line of the app or its library, by way of the app's log hooks. */
  log(level: RpcLogLevel, category: RpcLogCategory, message: string, source: string, context?: unknown): void;
}

interface Registry {
  functions: Map<string, HostFunction>;
  model: ProgrammingModel | undefined;
  hooks: Hooks;
  isStarting: boolean;
}

/** Loads the app of `dir`, once per process. Throws a StartError when there is nothing to run. */
export async function loadApp({ dir, log }: { dir: string; log: Log }): Promise<App> {
  const registry: Registry = { functions: new Map(), model: undefined, hooks: createHooks(), isStarting: true };
  const appLog = createAppLog(registry.hooks, log);
  provideCoreApi(createCoreApi(registry, appLog));
  requireEntryFile(dir);
  const model = registry.model;
  if (model === undefined || registry.functions.size === 0) throw new StartError('No job functions found.');
  const capabilities = await model.getCapabilities({});
  if (capabilities['HttpUri'] !== undefined) {
    throw new StartError('This host does not support app.setup({ enableHttpStream: true }): use `func start`.');
  }
  const { appHookData, appLevelHookData } = registry.hooks;
  await registry.hooks.run('appStart', { hookData: appLevelHookData, appHookData, functionAppDirectory: dir });
  registry.isStarting = false;
  return { functions: [...registry.functions.values()], model, hooks: registry.hooks, log: appLog };
}

const hostSchema = z.looseObject({
  version: z.literal('2.0'),
  extensions: z.looseObject({ http: z.looseObject({ routePrefix: z.string().optional() }).optional() }).optional(),
});

/** `extensions.http.routePrefix` of host.json, `api` when it is absent. Throws a StartError. */
export function readRoutePrefix(dir: string): string {
  const host = hostSchema.safeParse(readJson(path.join(dir, 'host.json')));
  if (!host.success) {
    const [issue] = host.error.issues;
    throw new StartError(`host.json is not valid: ${issue?.path.join('.')}: ${issue?.message}.`);
  }
  return host.data.extensions?.http?.routePrefix ?? 'api';
}

function readJson(file: string): unknown {
  const name = path.basename(file);
  if (!existsSync(file))
    throw new StartError(`There is no ${name} in ${path.dirname(file)}: start the host in the app's folder.`);
  try {
    return JSON.parse(readFileSync(file, 'utf8'));
  } catch (error) {
    throw new StartError(`${name} is not valid JSON.`, { cause: error });
  }
}

function requireEntryFile(dir: string): void {
  const packageFile = path.join(dir, 'package.json');
  const parsed = z.looseObject({ main: z.string().min(1) }).safeParse(readJson(packageFile));
  if (!parsed.success) throw new StartError('package.json names no "main" file to load.');
  const entryFile = path.resolve(dir, parsed.data.main);
  if (!existsSync(entryFile)) throw new StartError(`${parsed.data.main} does not exist: run \`npm run build\` first.`);
  try {
    createRequire(packageFile)(entryFile);
  } catch (error) {
    // Whatever was registered before the error is hidden too, as in Azure.
    throw new StartError(
      `${parsed.data.main} threw while it was loaded: ${describeError(error)}. No job functions found.`,
    );
  }
}

function createCoreApi(registry: Registry, appLog: App['log']): CoreApi {
  return {
    version: '3.0.0', // of the worker whose behaviour this follows
    hostVersion: '4.1000.0',
    registerFunction(metadata, callback) {
      if (!registry.isStarting) throw new Error('A function can only be registered during app startup.');
      const key = metadata.name.toLowerCase();
      if (registry.functions.has(key)) {
        throw new Error(`A function with name "${metadata.name}" has already been registered.`);
      }
      registry.functions.set(key, describeFunction(metadata, callback));
      return new Disposable(() => {
        if (!registry.isStarting) throw new Error('A function can only be disposed during app startup.');
        registry.functions.delete(key);
      });
    },
    registerHook: (name, callback) => registry.hooks.register(name, callback),
    setProgrammingModel: (model) => {
      registry.model = model;
    },
    getProgrammingModel: () => registry.model,
    log: (level, category, message) => appLog(level, category, message, 'app'),
    Disposable,
  };
}

function provideCoreApi(coreApi: CoreApi): void {
  // oxlint-disable-next-line typescript/unbound-method -- the proxy passes `this` on
  Module.prototype.require = new Proxy(Module.prototype.require, {
    apply: (target, self: unknown, args: unknown[]): unknown =>
      args[0] === '@azure/functions-core' ? coreApi : Reflect.apply(target, self, args),
  });
}

function createAppLog(hooks: Hooks, log: Log): App['log'] {
  let isInHook = false; // a log hook that logs must not call itself
  return (level, category, message, source, invocationContext) => {
    const isHooked = !isInHook && hooks.has('log');
    const line = isHooked
      ? { level, category, message, invocationContext, hookData: {}, appHookData: hooks.appHookData }
      : { level, message };
    if (isHooked) {
      isInHook = true;
      try {
        hooks.runSync('log', line);
      } finally {
        isInHook = false;
      }
    }
    const shown = SHOWN_LEVELS[line.level];
    if (shown !== undefined) log.write(shown, source, line.message);
  };
}
