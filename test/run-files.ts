// Runs the given test files as `node --test` does, but in the given order and on all cores. `node --test` leaves one core
// free, although many tests only wait for other processes.
import { availableParallelism } from 'node:os';
import { run } from 'node:test';
import { spec } from 'node:test/reporters';

const tests = run({ files: process.argv.slice(2), concurrency: availableParallelism() });
tests.on('test:summary', ({ success }) => {
  if (!success) process.exitCode = 1;
});
tests.compose(spec).pipe(process.stdout);
