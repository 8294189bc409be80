import { app, type HttpHandler } from '@azure/functions';
import { callerCheck } from '../settings/registration.ts';

let getToken: HttpHandler | undefined;

/** `GET /api/token`: the current access token. */
app.http('getToken', {
  methods: ['GET'],
  route: 'token',
  authLevel: callerCheck(),
  handler: async (request, context) => {
    getToken ??= (await import('../handlers/get-token.ts')).getToken; // kept: no other route is called as often
    return getToken(request, context);
  },
});
