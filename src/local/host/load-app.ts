/**
 * Loads the built app as the Node.js worker does: provides `@azure/functions-core`, requires the file that `main` in
 * package.json names, and keeps the functions that it registers.
 */
import { existsSync, readFileSync } from 'node:fs';
import Module, { createRequire } from 'node:module';
import path from 'node:path';
import * as z from 'zod';
import { parseJson } from '../../parse-json.ts';
import { describeError, type Log, SHOWN_LEVELS } from './log.ts';
import type {
  FunctionCallback,
  FunctionMetadata,
  FunctionsCore,
  ProgrammingModel,
  RpcLogLevel,
} from './programming-model.ts';

/** The host cannot start. The message says why and what to do about it, in one line. */
export class StartError extends Error {
  readonly code = 'host_start_failed';
}

export type AuthLevel = 'anonymous' | 'function' | 'admin';

export type HttpTrigger = {
  readonly kind: 'http';
  readonly bindingName: string;
  /** Upper case. */
  readonly methods: readonly string[];
  /** `/api/token`, in lower case. */
  readonly path: string;
  readonly authLevel: AuthLevel;
};

export type TimerTrigger = { readonly kind: 'timer'; readonly bindingName: string; readonly schedule: string };

export interface HostFunction<T = HttpTrigger | TimerTrigger> {
  readonly name: string;
  readonly metadata: FunctionMetadata;
  readonly callback: FunctionCallback;
  readonly trigger: T;
}

export interface App {
  readonly functions: readonly HostFunction[];
  readonly model: ProgrammingModel;
  /** Writes a line of the app. `source` is a function's name, or `app`. */
  log(level: RpcLogLevel, source: string, message: string): void;
}

/** The bindings that this app's functions have. A route is literal: this host knows no route templates. */
const triggerSchema = z.discriminatedUnion('type', [
  z.looseObject({
    type: z.literal('httpTrigger'),
    methods: z.array(z.string()).min(1),
    route: z.string().regex(/^[^{}]+$/),
    authLevel: z.enum(['anonymous', 'function', 'admin']),
  }),
  z.looseObject({ type: z.literal('timerTrigger'), schedule: z.string() }),
]);

const manifestSchema = z.looseObject({ main: z.string().min(1) });

/**
 * Loads the app in the folder `dir`. To be called once per process.
 *
 * @throws {StartError} when there is nothing to run
 */
export async function loadApp({ dir, log }: { dir: string; log: Log }): Promise<App> {
  const functions = new Map<string, HostFunction>();
  let model: ProgrammingModel | undefined;
  const write: App['log'] = (level, source, message) => {
    const shown = SHOWN_LEVELS[level];
    if (shown !== undefined) log.write(shown, source, message);
  };
  provideFunctionsCore({
    version: '3.0.0', // of the worker whose behaviour this host follows
    hostVersion: '4.1000.0',
    registerFunction(metadata, callback) {
      const key = metadata.name.toLowerCase();
      if (functions.has(key)) throw new Error(`A function with name "${metadata.name}" has already been registered.`);
      functions.set(key, { name: metadata.name, metadata, callback, trigger: readTrigger(metadata) });
    },
    setProgrammingModel: (registered) => (model = registered),
    log: (level, _category, message) => write(level, 'app', message),
  });
  requireEntryFile(dir);
  if (model === undefined || functions.size === 0) throw new StartError('No job functions found.');
  await model.getCapabilities({});
  return { functions: [...functions.values()], model, log: write };
}

function readTrigger({ name, bindings }: FunctionMetadata): HttpTrigger | TimerTrigger {
  for (const [bindingName, binding] of Object.entries(bindings)) {
    const { data: trigger } = triggerSchema.safeParse(binding);
    if (trigger?.type === 'timerTrigger') return { kind: 'timer', bindingName, schedule: trigger.schedule };
    if (trigger?.type === 'httpTrigger') {
      const methods = trigger.methods.map((method) => method.toUpperCase());
      return {
        kind: 'http',
        bindingName,
        methods,
        path: `/api/${trigger.route}`.toLowerCase(),
        authLevel: trigger.authLevel,
      };
    }
  }
  throw new Error(
    `The built-in host cannot run the function "${name}". It runs timers, and HTTP functions that have a route without ` +
      'parameters, methods and an authLevel',
  );
}

function requireEntryFile(dir: string): void {
  const manifestFile = path.join(dir, 'package.json');
  if (!existsSync(manifestFile)) {
    throw new StartError(`There is no package.json in ${dir}: start the host in the app's folder.`);
  }
  const manifest = manifestSchema.safeParse(parseJson(readFileSync(manifestFile, 'utf8')));
  if (!manifest.success) throw new StartError('package.json names no "main" file to load.');
  const { main } = manifest.data;
  const entryFile = path.resolve(dir, main);
  if (!existsSync(entryFile)) throw new StartError(`${main} does not exist: run \`npm run build\` first.`);
  try {
    createRequire(manifestFile)(entryFile);
  } catch (error) {
    // Functions that were registered before the error are hidden too, as in Azure.
    throw new StartError(`${main} threw while it was loaded: ${describeError(error)}. No job functions found.`);
  }
}

function provideFunctionsCore(core: FunctionsCore): void {
  // oxlint-disable-next-line typescript/unbound-method -- the proxy passes `this` on
  Module.prototype.require = new Proxy(Module.prototype.require, {
    apply: (target, self: unknown, args: unknown[]): unknown =>
      args[0] === '@azure/functions-core' ? core : Reflect.apply(target, self, args),
  });
}
