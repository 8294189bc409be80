// An app that uses what the built-in host offers. It tells its story through HTTP answers and log lines.
const { app } = require('@azure/functions');

const hookCalls = [];
let runs = 0;
const isSecondRun = () => (runs += 1) > 1;
let endFirstRun = () => {};
const firstRunEnds = new Promise((resolve) => {
  endFirstRun = resolve;
});

const held = [];
const waitForRelease = () => new Promise((resolve) => held.push(resolve));
const release = () => held.splice(0).forEach((resolve) => resolve());
process.on('message', (message) => message === 'release' && release());

app.hook.appStart(() => hookCalls.push('appStart'));
app.hook.preInvocation((context) => {
  if (context.invocationContext.functionName === 'hooked') context.inputs.push('from a hook');
});
app.hook.postInvocation((context) => {
  if (context.invocationContext.functionName === 'hooked') context.result.headers = { 'x-hook': 'post' };
});
app.hook.log((context) => {
  if (context.message === 'rewrite me') context.message = 'rewritten by a hook';
});
app.hook.appTerminate((context) => process.stdout.write(`appTerminate ran ${typeof context.hookData}\n`));

app.http('echo', {
  methods: ['GET', 'POST', 'PUT'],
  handler: async (request, context) => ({
    jsonBody: {
      method: request.method,
      url: request.url,
      headers: Object.fromEntries(request.headers),
      query: Object.fromEntries(request.query),
      params: request.params,
      body: await request.text(),
      invocationId: context.invocationId,
      functionName: context.functionName,
    },
  }),
});
app.http('item', { route: 'items/{id}', handler: (request) => ({ jsonBody: request.params }) });
app.http('optional', { route: 'optional/{id?}', handler: (request) => ({ jsonBody: request.params }) });
app.http('files', { route: 'files/{*rest}', handler: (request) => ({ jsonBody: request.params }) });
app.get('getOnly', { route: 'shared', handler: () => ({ body: 'got' }) });
app.post('postOnly', { route: 'shared', handler: () => ({ body: 'posted' }) });
app.http('headed', { methods: ['HEAD', 'OPTIONS', 'GET'], handler: () => ({ body: 'with a body' }) });
app.http('protected', {
  authLevel: 'function',
  handler: (request) => ({ jsonBody: { code: request.query.get('code') } }),
});
app.http('adminLevel', { authLevel: 'ADMIN', handler: () => ({ body: 'admin' }) });
app.http('nothing', { handler: () => undefined });
app.http('emptyBody', { handler: () => ({ status: 201 }) });
app.http('notModified', { handler: () => ({ status: 304, headers: { etag: '"1"' } }) });
app.http('withLength', { handler: () => ({ body: 'four', headers: { 'Content-Length': '4', 'X-Own': 'kept' } }) });
app.http('cookies', {
  handler: () => ({ cookies: [{ name: 'a', value: 'b c', httpOnly: true, sameSite: 'Strict', maxAge: 60 }] }),
});
app.http('throws', {
  handler: () => {
    throw new Error('thrown by\nthe handler');
  },
});
app.http('noObject', { handler: () => 'a string' });
app.http('hooked', { handler: (request, extra) => ({ body: extra }) });
app.http('hookCalls', { handler: () => ({ jsonBody: hookCalls }) });
app.http('logs', {
  handler: (request, context) => {
    context.log('plain', { a: 1 });
    context.warn('warned');
    context.error('erred');
    context.debug('too detailed');
    context.log('rewrite me');
    return {};
  },
});
app.http('registersLate', {
  handler: () => {
    try {
      app.http('tooLate', { handler: () => ({}) });
      return { body: 'registered' };
    } catch (error) {
      return { body: error.message };
    }
  },
});
app.http('hold', {
  handler: async (request, context) => {
    context.log('holding');
    await waitForRelease();
    context.log('let go');
    return { body: 'held' };
  },
});
app.http('release', {
  handler: () => {
    release();
    return { body: 'released' };
  },
});
app.http('rejects', {
  handler: () => {
    void Promise.reject(new Error('nobody handles me'));
    return { body: 'answered' };
  },
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
  retry: { strategy: 'fixedDelay', maxRetryCount: 1, delayInterval: 1000 },
  handler: () => {
    throw new Error('thrown by the timer');
  },
});
app.timer('onStartup', { schedule: '0 0 0 1 1 *', runOnStartup: true, handler: (timer, context) => context.log('up') });
app.timer('background', {
  schedule: '0 0 0 1 1 *',
  handler: async (timer, context) => {
    context.log('background begins');
    await waitForRelease();
    context.log('background ends');
  },
});
app.timer('everySecond', {
  schedule: '* * * * * *',
  handler: async (timer, context) => {
    context.log('tick');
    if (isSecondRun()) endFirstRun();
    else await firstRunEnds;
    context.log('tick done');
  },
});
app.storageQueue('queued', { queueName: 'q', connection: 'c', handler: () => {} });
