import assert from 'node:assert/strict';
import { get } from 'node:https';
import { test } from 'node:test';
import { startTestSimulator } from './simulator-fixture.ts';

function statusOf(url: string, ca: string | undefined): Promise<number | undefined> {
  return new Promise((resolve, reject) => {
    get(url, { ca, agent: false }, (response) => resolve(response.resume().statusCode)).on('error', reject);
  });
}

test('in https mode only a client that trusts its certificate is served', async (t) => {
  const { simulator } = await startTestSimulator(t, { https: true });
  const { certificate } = simulator;
  assert.match(simulator.url, /^https:/);
  for (const host of ['127.0.0.1', 'localhost']) {
    const url = `${simulator.url.replace('127.0.0.1', host)}/simulator/stats`;
    assert.equal(await statusOf(url, certificate), 200);
    await assert.rejects(statusOf(url, undefined), { code: 'DEPTH_ZERO_SELF_SIGNED_CERT' });
  }
});

test('each start in https mode has a certificate of its own', async (t) => {
  const [first, second] = [await startTestSimulator(t, { https: true }), await startTestSimulator(t, { https: true })];
  await assert.rejects(statusOf(first.simulator.url, second.simulator.certificate));
});
