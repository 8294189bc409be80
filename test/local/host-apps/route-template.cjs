const { app } = require('@azure/functions');

app.http('item', { route: 'items/{id}', methods: ['GET'], authLevel: 'anonymous', handler: () => ({}) });
