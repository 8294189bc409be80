import { app } from '@azure/functions';

/** `POST /api/token/refresh`: Quartile refused the token of this generation. */
app.http('reportRefusedToken', {
  methods: ['POST'],
  route: 'token/refresh',
  authLevel: 'function',
  handler: async (request, context) => {
    const { reportRefusedToken } = await import('../handlers/report-refused-token.ts');
    return reportRefusedToken(request, context);
  },
});
