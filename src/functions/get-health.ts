import { app } from '@azure/functions';

/** `GET /api/health`: for probes, so anybody may ask. */
app.http('getHealth', {
  methods: ['GET'],
  route: 'health',
  authLevel: 'anonymous',
  handler: async (_request, context) => {
    const { getHealth } = await import('../handlers/get-health.ts');
    return getHealth(context);
  },
});
