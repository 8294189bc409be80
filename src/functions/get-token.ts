import { app } from '@azure/functions';

/** `GET /api/token`: the current access token. */
app.http('getToken', {
  methods: ['GET'],
  route: 'token',
  authLevel: 'function',
  handler: async (request, context) => {
    const { getToken } = await import('../handlers/get-token.ts');
    return getToken(request, context);
  },
});
