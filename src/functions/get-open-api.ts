import { app } from '@azure/functions';

/** `GET /api/openapi.json`: what there is to call, for anybody who wants to know. */
app.http('getOpenApi', {
  methods: ['GET'],
  route: 'openapi.json',
  authLevel: 'anonymous',
  handler: async (_request, context) => {
    const { getOpenApi } = await import('../handlers/get-open-api.ts');
    return getOpenApi(context);
  },
});
