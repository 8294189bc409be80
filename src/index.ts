// Registers the functions. Loading this file runs nothing else and never throws: an entry file that throws hides every
// function from the host. The handlers, and the libraries that they need, load on first use.
import { app } from '@azure/functions';
import { callerCheck, timerSchedule } from './settings/registration.ts';

/** Checks every account; rotates when the margin or less is left. */
app.timer('refreshTokens', {
  schedule: timerSchedule(),
  runOnStartup: false,
  handler: async (_timer, context) => (await import('./functions/timer.ts')).refreshTokens(context),
});

/** The current access token. */
app.http('getToken', {
  methods: ['GET'],
  route: 'token',
  authLevel: callerCheck(),
  handler: async (request, context) => (await import('./functions/tokens.ts')).getToken(request, context),
});

/** A caller reports that Quartile refused the token of a generation. */
app.http('reportRefusedToken', {
  methods: ['POST'],
  route: 'token/refresh',
  authLevel: callerCheck(),
  handler: async (request, context) => (await import('./functions/tokens.ts')).reportRefusedToken(request, context),
});

/** For probes. Some of them send HEAD. */
app.http('getHealth', {
  methods: ['GET', 'HEAD'],
  route: 'health',
  authLevel: 'anonymous',
  handler: async (request, context) => (await import('./functions/health.ts')).getHealth(request, context),
});

/** For people, who have a function key, however callers authenticate. */
app.http('getStatus', {
  methods: ['GET'],
  route: 'status',
  authLevel: 'function',
  handler: async (request, context) => (await import('./functions/pages.ts')).getStatus(request, context),
});

/** The description of the API. */
app.http('getOpenApi', {
  methods: ['GET'],
  route: 'openapi.json',
  authLevel: 'anonymous',
  handler: async (_request, context) => (await import('./functions/pages.ts')).getOpenApi(context),
});

if (callerCheck() === 'anonymous') {
  /** A caller's secret for a pair of its own tokens. */
  app.http('logInCaller', {
    methods: ['POST'],
    route: 'auth/login',
    authLevel: 'anonymous',
    handler: async (request, context) => (await import('./functions/callers.ts')).logInCaller(request, context),
  });

  /** A caller's refresh token for an access token. */
  app.http('renewCallerAccess', {
    methods: ['GET'],
    route: 'auth/refresh_token',
    authLevel: 'anonymous',
    handler: async (request, context) => (await import('./functions/callers.ts')).renewCallerAccess(request, context),
  });
}
