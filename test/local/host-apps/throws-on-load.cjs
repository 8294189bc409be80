const { app } = require('@azure/functions');

app.http('hidden', { handler: () => ({}) });
throw new Error('broken at load');
