// The built app, and in the same process the functions that it is compared to: the same host, the same heap.
const { app } = require('@azure/functions');
const v8 = require('node:v8');
const vm = require('node:vm');

/** What the no-op answers. `POST /api/bench/answer` sets it to what `GET /api/token` has answered. */
let body = '';
const headers = { 'Cache-Control': 'no-store', 'Content-Type': 'application/json' };

app.http('setAnswer', {
  methods: ['POST'],
  route: 'bench/answer',
  handler: async (request) => {
    body = await request.text();
    return {};
  },
});

app.http('nothing', { methods: ['GET'], route: 'bench/nothing', handler: async () => ({ headers, body }) });

v8.setFlagsFromString('--expose-gc');
const collectGarbage = vm.runInNewContext('gc');

app.http('memory', {
  methods: ['GET'],
  route: 'bench/memory',
  handler: async () => {
    for (let times = 0; times < 3; times += 1) {
      collectGarbage();
      await new Promise((resolve) => setTimeout(resolve, 50)); // finalizers and weak references still hold some
    }
    return { jsonBody: process.memoryUsage() };
  },
});

// Last: the copy of the library that registers last serves all functions, and the app has its own copy.
require('../../../dist/index.cjs');
