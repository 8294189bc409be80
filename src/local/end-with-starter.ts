/**
 * Loaded into another program by `node --import`: ends it, as SIGTERM would, as soon as the process that started it over
 * IPC has ended, for whatever reason.
 */
process.once('SIGTERM', () => {
  process.channel?.unref(); // a program that listens for messages would stay alive for them alone
  if (process.listenerCount('SIGTERM') === 0) process.exit(143); // still starting: there is nothing to close yet
});
process.once('disconnect', () => process.emit('SIGTERM'));
