// Drives one invocation through the library's programming model: arguments, hooks, the handler, hooks, the response. The
// order and the contexts of the hooks are the Node.js worker's.
import { randomUUID } from 'node:crypto';
import type { CoreInvocationContext, RpcInput, RpcInvocationResponse } from './core-api.ts';
import type { App } from './load-app.ts';
import type { HostFunction } from './triggers.ts';

export interface Invocation {
  fn: HostFunction;
  /** A UUID, see `createInvocationId`. */
  invocationId: string;
  input: RpcInput;
  /** Route parameters; the library shows them for triggers other than HTTP and timer only. */
  params?: Record<string, string>;
}

const NO_OUTCOME: { result: unknown; error: unknown } = { result: null, error: null };

export const createInvocationId = (): string => randomUUID();

/** Runs the function to its end. Throws what the handler, a hook or the conversion of the result threw. */
export async function invoke(app: App, invocation: Invocation): Promise<RpcInvocationResponse> {
  const { fn } = invocation;
  let context: unknown;
  const core = createCoreContext(invocation, (level, category, message) =>
    app.log(level, category, message, fn.name, context),
  );
  const model = await app.model.getInvocationModel(core);
  const args = await model.getArguments();
  context = args.context;
  const shared = { hookData: {}, appHookData: app.hooks.appHookData, invocationContext: context };

  const before = { ...shared, inputs: args.inputs, functionCallback: fn.callback };
  await runHooks(app, core, 'preInvocation', before);

  const after = { ...shared, inputs: before.inputs, ...NO_OUTCOME };
  core.state = 'invocation';
  try {
    after.result = await model.invokeFunction(context, before.inputs, before.functionCallback);
  } catch (error) {
    after.error = error ?? new Error('The handler threw nothing.');
  }
  await runHooks(app, core, 'postInvocation', after);

  // A hook may have changed either.
  if (after.error !== null && after.error !== undefined) throw after.error;
  return await model.getResponse(context, after.result);
}

async function runHooks(
  app: App,
  core: CoreInvocationContext,
  name: 'preInvocation' | 'postInvocation',
  context: object,
): Promise<void> {
  if (!app.hooks.has(name)) return;
  core.state = `${name}Hooks`;
  try {
    await app.hooks.run(name, context);
  } finally {
    core.state = undefined;
  }
}

function createCoreContext(
  { fn, invocationId, input, params = {} }: Invocation,
  log: CoreInvocationContext['log'],
): CoreInvocationContext {
  const id = invocationId.replaceAll('-', '');
  return {
    invocationId,
    metadata: fn.metadata,
    request: {
      invocationId,
      functionId: fn.name,
      inputData: [{ name: fn.trigger.bindingName, data: input }],
      triggerMetadata: Object.fromEntries(Object.entries(params).map(([name, value]) => [name, { string: value }])),
      traceContext: { traceParent: `00-${id}-${id.slice(0, 16)}-00`, traceState: '', attributes: {} },
    },
    log,
  };
}
