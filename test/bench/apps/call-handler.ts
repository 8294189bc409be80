// Calls what the built app registers as `getToken`, a great many times, and tells over IPC what a call costs.
import { randomUUID } from 'node:crypto';
import { setImmediate } from 'node:timers/promises';
import { fileURLToPath } from 'node:url';
import { type App, type HostFunction, loadApp } from '../../../src/local/host/load-app.ts';
import { invoke, type RpcHttpRequest, type RpcInvocationResponse } from '../../../src/local/host/programming-model.ts';

/** 100,000 calls, in turns with those that they are compared with. */
const CALLS_PER_BATCH = 100;
const BATCHES = 1_000;
const WARM_UP_BATCHES = 100;

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
const sent = (await throughLibrary(app, getToken)).returnValue?.http;
if (sent?.statusCode !== '200' || !sent.body?.bytes) throw new Error(`getToken answered ${sent?.statusCode}`);
const { headers } = sent;
const body = Buffer.from(sent.body.bytes).toString();
const doNothing = { ...getToken, callback: async () => ({ headers, body }) };
const answer = await getToken.callback(request, context);
const doNothingPrepared = { ...getToken, callback: async () => answer };

const zero = { handlerUs: 0, libraryUs: 0, nothingUs: 0, preparedUs: 0 };
const costs = { ...zero };
for (let batch = 0; batch < WARM_UP_BATCHES + BATCHES; batch += 1) {
  if (batch === WARM_UP_BATCHES) Object.assign(costs, zero);
  costs.handlerUs += await time(() => getToken.callback(request, context));
  costs.libraryUs += await time(() => throughLibrary(app, getToken));
  costs.nothingUs += await time(() => throughLibrary(app, doNothing));
  costs.preparedUs += await time(() => throughLibrary(app, doNothingPrepared));
}
process.send?.(costs);
process.disconnect();

function throughLibrary(to: App, fn: HostFunction): Promise<RpcInvocationResponse> {
  return invoke(to, { fn, invocationId: randomUUID(), input: { http } });
}

/** A batch's share in the µs per call. Between batches the event loop turns: else nothing that waits to be freed is. */
async function time(call: () => unknown): Promise<number> {
  await setImmediate();
  const startedAtMs = performance.now();
  for (let calls = 0; calls < CALLS_PER_BATCH; calls += 1) await call();
  return ((performance.now() - startedAtMs) * 1000) / CALLS_PER_BATCH / BATCHES;
}
