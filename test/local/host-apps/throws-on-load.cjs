const { app } = require('@azure/functions');

app.timer('hidden', { schedule: '0 0 0 1 1 *', handler: () => {} });
throw new Error('broken at load');
