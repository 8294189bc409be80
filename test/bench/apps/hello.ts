// The smallest app: what the library and the host cost by themselves.
import { app } from '@azure/functions';

app.http('hello', {
  methods: ['GET'],
  route: 'hello',
  authLevel: 'function',
  handler: async () => ({ body: 'hello' }),
});
