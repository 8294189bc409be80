const { app } = require('@azure/functions');

app.timer('twice', { schedule: '0 0 0 1 1 *', handler: () => {} });
app.timer('twice', { schedule: '0 0 0 1 1 *', handler: () => {} });
