/** The two ways in which axios's callers cancel a request, as one. */
import { isObject } from './answers.ts';
import type { AxiosConfig } from './axios-config.ts';

/** Whoever has asked for it says when it is over: callers' signals and tokens may live for long. */
export type Cancellation = { readonly signal: AbortSignal; readonly over: () => void };

/** @returns a signal that aborts with the request's `signal`, and with its `cancelToken` */
export function watchCancellation({ signal, cancelToken }: AxiosConfig): Cancellation {
  const leaving = new AbortController();
  const leave = () => leaving.abort();
  call(signal, 'addEventListener', 'abort', leave);
  call(cancelToken, 'subscribe', leave);
  return {
    signal: leaving.signal,
    over: () => {
      call(signal, 'removeEventListener', 'abort', leave);
      call(cancelToken, 'unsubscribe', leave);
    },
  };
}

function call(target: unknown, method: string, ...args: readonly unknown[]): void {
  if (isObject(target) && typeof target[method] === 'function') target[method](...args);
}
