const { app } = require('@azure/functions');

app.http('twice', { handler: () => ({}) });
app.http('twice', { handler: () => ({}) });
