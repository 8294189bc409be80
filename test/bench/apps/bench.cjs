// The built app, and beside it in the same process what it is measured against: no other host, no other heap, no other luck.
const { TableClient } = require('@azure/data-tables');
const { app } = require('@azure/functions');
const v8 = require('node:v8');
const vm = require('node:vm');

/** What the yardsticks answer; `POST /api/bench/answer` sets it to what `GET /api/token` has answered. */
let body = '';
const headers = { 'Cache-Control': 'no-store', 'Content-Type': 'application/json' };
const answer = () => ({ headers, body });

app.http('setAnswer', {
  methods: ['POST'],
  route: 'bench/answer',
  handler: async (request) => {
    body = await request.text();
    return {};
  },
});

app.http('nothing', { methods: ['GET'], route: 'bench/nothing', handler: async () => answer() });

let table;
app.http('readTable', {
  methods: ['GET'],
  route: 'bench/read',
  handler: async () => {
    table ??= TableClient.fromConnectionString(process.env.AzureWebJobsStorage, 'tokens', {
      allowInsecureConnection: true,
    });
    await table.getEntity('default', 'token');
    return answer();
  },
});

v8.setFlagsFromString('--expose-gc');
const collectGarbage = vm.runInNewContext('gc');

app.http('memory', {
  methods: ['GET'],
  route: 'bench/memory',
  handler: async () => {
    for (let times = 0; times < 3; times += 1) {
      collectGarbage();
      await new Promise((resolve) => setTimeout(resolve, 50)); // what finalizers and weak references still hold
    }
    return { jsonBody: process.memoryUsage() };
  },
});

// Last: the library that registers last serves all of them, and the app's answers are of its own copy.
require('../../../dist/index.cjs');
