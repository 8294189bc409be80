import { app } from '@azure/functions';
import { callerCheck } from '../settings/registration.ts';

/** `POST /api/auth/login`: a caller's name and secret for tokens of our own. Only where such tokens are in use. */
if (callerCheck() === 'anonymous') {
  app.http('logInCaller', {
    methods: ['POST'],
    route: 'auth/login',
    authLevel: 'anonymous',
    handler: async (request, context) => {
      const { logInCaller } = await import('../handlers/log-in-caller.ts');
      return logInCaller(request, context);
    },
  });
}
