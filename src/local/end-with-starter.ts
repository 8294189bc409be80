/**
 * Loaded into a program that knows nothing of it, by `node --import`: ends the program, as SIGTERM would, as soon as
 * whoever started it over IPC is gone, however that came about.
 */
process.once('SIGTERM', () => {
  process.channel?.unref(); // a program that listens for messages would go on for them alone
  if (process.listenerCount('SIGTERM') === 0) process.exit(143); // it is still starting: nothing of it has to be closed
});
process.once('disconnect', () => process.emit('SIGTERM'));
