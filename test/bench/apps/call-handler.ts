// Calls what the built app registers as `getToken`, a great many times, and tells over IPC what a call costs.
import { fileURLToPath } from 'node:url';
import type { RpcHttpRequest } from '../../../src/local/host/core-api.ts';
import { createInvocationId, invoke } from '../../../src/local/host/invoke.ts';
import { type App, loadApp } from '../../../src/local/host/load-app.ts';
import type { HostFunction } from '../../../src/local/host/triggers.ts';

const CALLS = 100_000;
const WARM_UP_CALLS = 10_000;

const log = { write: () => undefined, print: () => undefined, flush: () => undefined };
const app = await loadApp({ dir: fileURLToPath(new URL('../../../', import.meta.url)), log });
const getToken = app.functions.find(({ name }) => name === 'getToken');
if (!getToken) throw new Error('The app has no function getToken');

const url = 'http://127.0.0.1/api/token';
const http: RpcHttpRequest = {
  method: 'GET',
  url,
  nullableHeaders: { accept: { value: '*/*' } },
  nullableQuery: {},
  nullableParams: {},
  body: null,
};
const request = { method: 'GET', url, headers: new Headers({ accept: '*/*' }) };
const context = { info: () => undefined, warn: () => undefined, error: () => undefined };
const answer = await getToken.callback(request, context);
const doNothing = { ...getToken, callback: async () => answer };

process.send?.({
  handlerUs: await time(() => getToken.callback(request, context)),
  libraryUs: await time(() => throughLibrary(app, getToken)),
  nothingUs: await time(() => throughLibrary(app, doNothing)),
});
process.disconnect();

function throughLibrary(to: App, fn: HostFunction): Promise<unknown> {
  return invoke(to, { fn, invocationId: createInvocationId(), input: { http } });
}

/** µs per call, one after the other. */
async function time(call: () => unknown): Promise<number> {
  for (let calls = 0; calls < WARM_UP_CALLS; calls += 1) await call();
  const startedAtMs = performance.now();
  for (let calls = 0; calls < CALLS; calls += 1) await call();
  return ((performance.now() - startedAtMs) * 1000) / CALLS;
}
