// The shapes of `@azure/functions-core`, as far as this host and `@azure/functions` use them. No npm package has them: the
// real worker provides the module at run time, and so do we (load-app.ts).

export type RpcLogLevel = 'trace' | 'debug' | 'information' | 'warning' | 'error' | 'critical' | 'none';
export type RpcLogCategory = 'user' | 'system' | 'customMetric';

/** Maps of one HTTP message: a value is wrapped, so that the wire can tell an empty one from an absent one. */
export type NullableMap = Record<string, { value: string }>;

export interface RpcCookie {
  name: string;
  value: string;
  domain?: { value: string };
  path?: { value: string };
  /** A protobuf timestamp; `seconds` since the epoch. */
  expires?: { value?: { seconds?: number } };
  secure?: { value: boolean };
  httpOnly?: { value: boolean };
  sameSite?: 'none' | 'lax' | 'strict' | 'explicitNone';
  /** Seconds. */
  maxAge?: { value: number };
}

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
  cookies?: RpcCookie[];
  body?: { bytes?: Uint8Array; string?: string } | null;
}

export type RpcInput = { http: RpcHttpRequest } | { json: string };

export interface RpcInvocationResponse {
  returnValue?: { http?: RpcHttpResponse } | null;
}

export type FunctionCallback = (...args: unknown[]) => unknown;

export interface FunctionMetadata {
  name: string;
  bindings: Record<string, unknown>;
  retryOptions?: unknown;
}

export interface CoreInvocationContext {
  invocationId: string;
  metadata: FunctionMetadata;
  request: {
    invocationId: string;
    functionId: string;
    inputData: { name: string; data: RpcInput }[];
    triggerMetadata: Record<string, { string: string }>;
    traceContext: { traceParent: string; traceState: string; attributes: Record<string, string> };
  };
  state?: 'preInvocationHooks' | 'invocation' | 'postInvocationHooks' | undefined;
  log(level: RpcLogLevel, category: RpcLogCategory, message: string): void;
}

export interface InvocationModel {
  getArguments(): Promise<{ context: unknown; inputs: unknown[] }>;
  invokeFunction(context: unknown, inputs: unknown[], handler: FunctionCallback): Promise<unknown>;
  getResponse(context: unknown, result: unknown): Promise<RpcInvocationResponse>;
}

export interface ProgrammingModel {
  name: string;
  version: string;
  getInvocationModel(context: CoreInvocationContext): InvocationModel | Promise<InvocationModel>;
  getCapabilities(capabilities: Record<string, string>): Promise<Record<string, string>>;
}

/** A hook reads and changes the one plain object it is given; which fields that has depends on the hook. */
export type HookCallback = (context: object) => unknown;

/** What `require('@azure/functions-core')` answers. */
export interface CoreApi {
  version: string;
  hostVersion: string;
  registerFunction(metadata: FunctionMetadata, callback: FunctionCallback): Disposable;
  registerHook(name: string, callback: HookCallback): Disposable;
  setProgrammingModel(model: ProgrammingModel): void;
  getProgrammingModel(): ProgrammingModel | undefined;
  log(level: RpcLogLevel, category: RpcLogCategory, message: string): void;
  Disposable: typeof Disposable;
}

/** The core module's own Disposable: runs its callback at the first `dispose()` only. */
export class Disposable {
  #callOnDispose: (() => unknown) | undefined;

  static from(...disposables: { dispose(): unknown }[]): Disposable {
    return new Disposable(() => {
      for (const disposable of disposables) disposable.dispose();
    });
  }

  constructor(callOnDispose: () => unknown) {
    this.#callOnDispose = callOnDispose;
  }

  dispose(): unknown {
    const callOnDispose = this.#callOnDispose;
    this.#callOnDispose = undefined;
    return callOnDispose?.();
  }
}
