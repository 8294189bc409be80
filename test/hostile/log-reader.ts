/** Reads what a row leaves in the host's log. */
import assert from 'node:assert/strict';
import { setImmediate } from 'node:timers/promises';
import type { RunningHost } from '../e2e/running-host.ts';

/** Reads all that the host has logged since the last call. A request of our own marks the end. */
export function createLogReader(host: RunningHost): () => Promise<string> {
  let from = 0;
  let count = 0;
  return async () => {
    const last = `/end-of-row-${(count += 1)}`;
    await fetch(host.url + last);
    for (;;) {
      const log = host.output().slice(from);
      const end = log.indexOf(`GET ${last} 404`);
      if (end !== -1 && log.indexOf('\n', end) !== -1) {
        from += log.indexOf('\n', end) + 1;
        return log.slice(0, end);
      }
      await setImmediate();
    }
  };
}

/**
 * Checks that the log contains nothing of a request except its method and path, and no error.
 *
 * @param forbidden texts that must not appear at all
 */
export function assertSilent(
  log: string,
  { sent, mark, forbidden }: { readonly sent: string; readonly mark: string; readonly forbidden: readonly string[] },
): void {
  assert.doesNotMatch(log, / ERROR /);
  for (const text of forbidden) assert.ok(!log.includes(text), log);
  const [path = ''] = sent.slice(0, sent.indexOf('\r\n')).split('?');
  // Marks of earlier rows count, too: the request of a client that hung up may be logged late.
  for (const line of log.split('\n').filter((text) => /marker\d/.test(text))) {
    assert.match(line, / INFO {2}host: [A-Z]+ \S+ \d{3} \d+ ms$/);
    assert.ok(!line.includes(mark) || path.includes(mark), line);
  }
}
