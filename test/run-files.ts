// Runs the test files that are named, as `node --test` does, but in their order and on all cores: many tests wait for other
// processes, so that no core has to be left to the runner.
import { availableParallelism } from 'node:os';
import { run } from 'node:test';
import { spec } from 'node:test/reporters';

const tests = run({ files: process.argv.slice(2), concurrency: availableParallelism() });
tests.on('test:summary', ({ success }) => {
  if (!success) process.exitCode = 1;
});
tests.compose(spec).pipe(process.stdout);
