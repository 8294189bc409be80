import { app } from '@azure/functions';
import { callerCheck } from '../settings/registration.ts';

/** `GET /api/token`: the current access token. */
app.http('getToken', {
  methods: ['GET'],
  route: 'token',
  authLevel: callerCheck(),
  handler: async (request, context) => {
    const { getToken } = await import('../handlers/get-token.ts');
    return getToken(request, context);
  },
});
