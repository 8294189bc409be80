/**
 * The part of `@azure/functions-core` that this app's library, `@azure/functions`, uses; and how one call runs through
 * that library. No npm package has these types: the real worker provides the module at run time, and so does this host.
 */
import type { App, HostFunction } from './load-app.ts';

export type RpcLogLevel = 'trace' | 'debug' | 'information' | 'warning' | 'error' | 'critical' | 'none';

/** A value is wrapped, so that an empty one differs from an absent one. */
export type NullableMap = Record<string, { value: string }>;

export interface RpcHttpRequest {
  method: string;
  url: string;
  nullableHeaders: NullableMap;
  nullableQuery: NullableMap;
  nullableParams: NullableMap;
  body: { bytes: Uint8Array } | null;
}

export interface RpcHttpResponse {
  statusCode?: string;
  headers?: Record<string, string>;
  body?: { bytes?: Uint8Array } | null;
}

/** The data of a trigger. */
export type RpcInput = { http: RpcHttpRequest } | { json: string };

export interface RpcInvocationResponse {
  returnValue?: { http?: RpcHttpResponse } | null;
}

export type FunctionCallback = (...args: unknown[]) => unknown;

export interface FunctionMetadata {
  name: string;
  bindings: Record<string, unknown>;
}

interface InvocationContext {
  invocationId: string;
  metadata: FunctionMetadata;
  request: {
    invocationId: string;
    functionId: string;
    inputData: { name: string; data: RpcInput }[];
    triggerMetadata: Record<string, never>;
    traceContext: { traceParent: string; traceState: string; attributes: Record<string, string> };
  };
  log(level: RpcLogLevel, category: string, message: string): void;
}

interface InvocationModel {
  getArguments(): Promise<{ context: unknown; inputs: unknown[] }>;
  invokeFunction(context: unknown, inputs: unknown[], handler: FunctionCallback): Promise<unknown>;
  getResponse(context: unknown, result: unknown): Promise<RpcInvocationResponse>;
}

export interface ProgrammingModel {
  getInvocationModel(context: InvocationContext): InvocationModel;
  getCapabilities(capabilities: Record<string, string>): Promise<Record<string, string>>;
}

/** What `require('@azure/functions-core')` returns. */
export interface FunctionsCore {
  version: string;
  hostVersion: string;
  registerFunction(metadata: FunctionMetadata, callback: FunctionCallback): void;
  setProgrammingModel(model: ProgrammingModel): void;
  log(level: RpcLogLevel, category: string, message: string): void;
}

/**
 * Calls a function once.
 *
 * @param invocationId a UUID
 * @throws what the handler threw, or what the library threw because the result is not of the right form
 */
export async function invoke(
  app: App,
  { fn, invocationId, input }: { fn: HostFunction; invocationId: string; input: RpcInput },
): Promise<RpcInvocationResponse> {
  const id = invocationId.replaceAll('-', '');
  const model = app.model.getInvocationModel({
    invocationId,
    metadata: fn.metadata,
    request: {
      invocationId,
      functionId: fn.name,
      inputData: [{ name: fn.trigger.bindingName, data: input }],
      triggerMetadata: {},
      traceContext: { traceParent: `00-${id}-${id.slice(0, 16)}-00`, traceState: '', attributes: {} },
    },
    log: (level, _category, message) => app.log(level, fn.name, message),
  });
  const { context, inputs } = await model.getArguments();
  const result = await model.invokeFunction(context, inputs, fn.callback);
  return model.getResponse(context, result);
}
