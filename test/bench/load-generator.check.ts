import assert from 'node:assert/strict';
import { createServer, type ServerResponse } from 'node:http';
import { after, before, describe, it } from 'node:test';
import { drive, driveAtRate } from './load-generator.ts';

const PACE = { perSecond: 200, durationMs: 1_500 };
const FREEZE_MS = 1_000;

describe('the callers of the bench', () => {
  let url: string;
  let status = 200;
  let held: ServerResponse[] | undefined;
  const answer = (response: ServerResponse) => response.writeHead(status).end('answer');
  const server = createServer((_request, response) => void (held ? held.push(response) : answer(response)));
  before(async () => {
    await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
    const address = server.address();
    url = `http://127.0.0.1:${typeof address === 'object' ? address?.port : ''}/`;
  });
  after(() => server.close());

  /** From now on nobody is answered; then all who have asked meanwhile are. */
  function freeze(): void {
    held = [];
    setTimeout(() => {
      const waiting = held ?? [];
      held = undefined;
      for (const response of waiting) answer(response);
    }, FREEZE_MS);
  }

  it('at a fixed rate notice a server that stands still, with however few connections', async () => {
    const quiet = await driveAtRate(url, PACE);
    for (const connections of [16, 1]) {
      freeze();
      const frozen = await driveAtRate(url, PACE, connections);
      assert.equal(frozen.timesMs.length, quiet.timesMs.length);
      assert.ok(frozen.p99Ms > 3 * quiet.p99Ms, `${frozen.p99Ms} against ${quiet.p99Ms} ms`);
      assert.ok(frozen.p50Ms > 3 * quiet.p50Ms, `${frozen.p50Ms} against ${quiet.p50Ms} ms`); // most waited for its end
      assert.ok(frozen.maxMs > frozen.p50Ms);
    }
  });

  it('at a fixed rate ask as often as they are to', async () => {
    const { timesMs } = await driveAtRate(url, { perSecond: 100, durationMs: 300 });
    assert.equal(timesMs.length, 30);
  });

  it('in a closed loop stop at a number of answers', async () => {
    assert.equal((await drive(url, { answers: 40 })).timesMs.length, 40);
  });

  it('give up when they are refused, or hung up on', async () => {
    status = 503;
    await assert.rejects(drive(url, { answers: 1 }), /503/);
    await assert.rejects(driveAtRate(url, PACE), /503/);
    status = 200;
    held = [];
    setTimeout(() => server.closeAllConnections(), 50);
    await assert.rejects(driveAtRate(url, PACE));
    held = undefined;
  });
});
