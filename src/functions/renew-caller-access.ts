import { app } from '@azure/functions';
import { callerCheck } from '../settings/registration.ts';

/** `GET /api/auth/refresh_token`: a refresh token for an access token. Only where tokens of our own are in use. */
if (callerCheck() === 'anonymous') {
  app.http('renewCallerAccess', {
    methods: ['GET'],
    route: 'auth/refresh_token',
    authLevel: 'anonymous',
    handler: async (request, context) => {
      const { renewCallerAccess } = await import('../handlers/renew-caller-access.ts');
      return renewCallerAccess(request, context);
    },
  });
}
