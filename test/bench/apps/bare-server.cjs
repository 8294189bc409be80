// What Node's own server makes of the same bytes. Told over IPC what to answer; tells where.
const { createServer } = require('node:http');

process.once('message', (body) => {
  const headers = { 'Cache-Control': 'no-store', 'Content-Type': 'application/json', server: 'bare' };
  const server = createServer((_request, response) => {
    response.writeHead(200, headers);
    response.end(body);
  });
  server.listen(0, '127.0.0.1', () => process.send(`http://127.0.0.1:${server.address().port}/`));
});
process.on('disconnect', () => process.exit());
