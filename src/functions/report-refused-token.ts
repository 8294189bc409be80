import { app } from '@azure/functions';
import { callerCheck } from '../settings/registration.ts';

/** `POST /api/token/refresh`: Quartile refused the token of this generation. */
app.http('reportRefusedToken', {
  methods: ['POST'],
  route: 'token/refresh',
  authLevel: callerCheck(),
  handler: async (request, context) => {
    const { reportRefusedToken } = await import('../handlers/report-refused-token.ts');
    return reportRefusedToken(request, context);
  },
});
