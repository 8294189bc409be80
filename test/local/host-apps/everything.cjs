// An app that uses what the built-in host offers. It reports through HTTP answers and log lines.
const { app } = require('@azure/functions');

const held = [];
const waitForRelease = () => new Promise((resolve) => held.push(resolve));
const release = () => held.splice(0).forEach((resolve) => resolve());
process.on('message', (message) => {
  if (message !== 'release') return;
  release();
  endFirstRun();
});

const http = (name, handler, { route = name, methods = ['GET'], authLevel = 'anonymous' } = {}) =>
  app.http(name, { route, methods, authLevel, handler });

http(
  'echo',
  async (request, context) => ({
    jsonBody: {
      method: request.method,
      url: request.url,
      headers: Object.fromEntries(request.headers),
      query: Object.fromEntries(request.query),
      body: await request.text(),
      invocationId: context.invocationId,
      functionName: context.functionName,
    },
  }),
  { methods: ['GET', 'POST', 'PUT'] },
);
http('getOnly', () => ({ body: 'got' }), { route: 'shared' });
http('postOnly', () => ({ body: 'posted' }), { route: 'shared', methods: ['POST'] });
http('headed', () => ({ body: 'with a body' }), { methods: ['HEAD', 'OPTIONS', 'GET'] });
http('protected', (request) => ({ jsonBody: { code: request.query.get('code') } }), { authLevel: 'function' });
http('nothing', () => undefined);
http('emptyBody', () => ({ status: 201 }));
http('notModified', () => ({ status: 304, headers: { etag: '"1"' } }));
http('withLength', () => ({ body: 'four', headers: { 'Content-Length': '4', 'X-Own': 'kept' } }));
http('throws', () => {
  throw new Error('thrown by\nthe handler');
});
http('noObject', () => 'a string');
http('logs', (request, context) => {
  context.log('plain', { a: 1 });
  context.warn('warned');
  context.error('erred');
  context.debug('too detailed');
  // oxlint-disable-next-line no-console -- the app's own output is under test
  console.log('forged\n2026-01-01T00:00:00.000Z ERROR host: \u001B[2J\u202E');
  return {};
});
http('hold', async (request, context) => {
  context.log('holding');
  await waitForRelease();
  context.log('let go');
  return { body: 'held' };
});
http('release', () => {
  release();
  return { body: 'released' };
});
http('rejects', () => {
  void Promise.reject(new Error('not handled'));
  return { body: 'answered' };
});

app.timer('manual', {
  schedule: '0 0 0 1 1 *',
  handler: (timer, context) => context.log(`timer says ${JSON.stringify(timer)}`),
});
app.timer('fromSetting', { schedule: '%TEST_SCHEDULE%', handler: () => {} });
app.timer('missingSetting', { schedule: '%NOT_SET_ANYWHERE%', handler: () => {} });
app.timer('badSchedule', { schedule: 'every so often', handler: () => {} });
app.timer('failing', {
  schedule: '0 0 0 1 1 *',
  handler: () => {
    throw new Error('thrown by the timer');
  },
});
app.timer('background', {
  schedule: '0 0 0 1 1 *',
  handler: async (timer, context) => {
    context.log('background begins');
    await waitForRelease();
    context.log('background ends');
  },
});

// The first run ends only when a second one has started (a manual run may overlap it), or at the end of the host.
let runs = 0;
let endFirstRun = () => {};
const firstRunEnds = new Promise((resolve) => {
  endFirstRun = resolve;
});
app.timer('everySecond', {
  schedule: '* * * * * *',
  handler: async (timer, context) => {
    context.log('tick');
    runs += 1;
    if (runs > 1) endFirstRun();
    else await firstRunEnds;
    context.log('tick done');
  },
});
