import { app } from '@azure/functions';

/** `GET /api/status`: for people, who have a function key and no token of ours, however callers prove who they are. */
app.http('getStatus', {
  methods: ['GET'],
  route: 'status',
  authLevel: 'function',
  handler: async (request, context) => {
    const { getStatus } = await import('../handlers/get-status.ts');
    return getStatus(request, context);
  },
});
