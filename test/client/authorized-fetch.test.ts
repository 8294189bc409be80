import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import { QUARTILE, bearers, refuseBelow } from './fake-quartile.ts';
import { ROOT, startScene } from './fake-service.ts';

describe('authorizedFetch', () => {
  it("sends the token, the subscription key, and the caller's own options", async (t) => {
    const scene = startScene(t, { subscriptionKey: 'sub-key' });
    const answer = await scene.source.authorizedFetch(QUARTILE, {
      method: 'PUT',
      body: 'x',
      headers: { 'x-own': '1' },
    });
    assert.equal(answer.status, 200);
    const { method, headers, body, redirect } = scene.asked[1] ?? {};
    assert.deepEqual([method, body, redirect], ['PUT', 'x', 'manual']);
    assert.deepEqual(
      ['authorization', 'subscription-key', 'x-own'].map((name) => headers?.get(name)),
      ['Bearer token-1', 'sub-key', '1'],
    );
  });

  it('does not touch redirects without a subscription key', async (t) => {
    const scene = startScene(t);
    await scene.source.authorizedFetch(QUARTILE);
    assert.equal(scene.asked[1]?.redirect, undefined);
    assert.equal(scene.asked[1]?.headers.has('subscription-key'), false);
  });

  it('repeats every body that can be sent twice', async (t) => {
    const form = new FormData();
    form.set('a', 'b');
    for (const body of [
      'x',
      new Uint8Array([1]),
      new ArrayBuffer(1),
      new URLSearchParams('a=b'),
      form,
      new Blob(['x']),
      null,
    ]) {
      t.mock.timers.reset();
      const scene = startScene(t);
      refuseBelow(scene, 2);
      assert.equal((await scene.source.authorizedFetch(QUARTILE, { method: 'POST', body })).status, 200);
    }
  });

  it('returns the 401 to a stream, and reports the token for later requests', async (t) => {
    const scene = startScene(t);
    refuseBelow(scene, 2);
    const body = new Blob(['x']).stream();
    assert.equal((await scene.source.authorizedFetch(QUARTILE, { method: 'POST', body, duplex: 'half' })).status, 401);
    assert.equal((await scene.source.authorizedFetch(QUARTILE)).status, 200);
    assert.deepEqual(bearers(scene), ['Bearer token-1', 'Bearer token-2']);
  });

  it('accepts a Request, and sends its body both times', async (t) => {
    const scene = startScene(t);
    refuseBelow(scene, 2);
    const request = new Request(QUARTILE, { method: 'POST', body: 'whole', headers: { 'x-own': '1' } });
    assert.equal((await scene.source.authorizedFetch(request)).status, 200);
    const sent = scene.asked.filter(({ url }) => url.href === QUARTILE);
    assert.deepEqual(
      sent.map(({ body, headers }) => [body, headers.get('x-own')]),
      [
        ['whole', '1'],
        ['whole', '1'],
      ],
    );
  });

  it('accepts a Request as options, as fetch does', async (t) => {
    const scene = startScene(t);
    refuseBelow(scene, 2);
    const like = new Request('https://elsewhere.example', { method: 'PUT', body: 'whole', headers: { 'x-own': '1' } });
    assert.equal((await scene.source.authorizedFetch(QUARTILE, like)).status, 200);
    const sent = scene.asked.filter(({ url }) => url.href === QUARTILE);
    assert.deepEqual(
      sent.map(({ method, body, headers }) => [method, body, headers.get('x-own')]),
      [1, 2].map(() => ['PUT', 'whole', '1']),
    );
  });

  it('accepts a Request whose body was read, if the options have another body', async (t) => {
    const scene = startScene(t);
    refuseBelow(scene, 2);
    const spent = new Request(QUARTILE, { method: 'POST', body: 'first' });
    await spent.text();
    assert.equal((await scene.source.authorizedFetch(spent, { body: 'second' })).status, 200);
    assert.deepEqual(
      scene.asked.filter(({ url }) => url.href === QUARTILE).map(({ body }) => body),
      ['second', 'second'],
    );
  });

  it('sends nothing to the service itself', async (t) => {
    const scene = startScene(t, { url: `${ROOT}/keeper/` });
    for (const url of [
      `${ROOT}/keeper/api/token`,
      `${ROOT}/Keeper`,
      new URL(`${ROOT}/keeper/?x`),
      new Request(`${ROOT}/keeper/x`),
    ]) {
      await assert.rejects(scene.source.authorizedFetch(url), { code: 'wrong_target' });
    }
    assert.equal(scene.asked.length, 0);
  });

  it('sends nothing to a URL that cannot be parsed', async (t) => {
    const scene = startScene(t, { origins: ['https://quartile.example'] });
    for (const url of ['//quartile.example/orders', '/orders', '', 'https://', 'http://[/']) {
      await assert.rejects(scene.source.authorizedFetch(url), { code: 'wrong_target' }, url);
    }
    assert.equal(scene.asked.length, 0);
  });

  it('sends nothing over plain http, except on this machine', async (t) => {
    const scene = startScene(t);
    for (const host of ['quartile.example', '127.example', 'localhost.example', 'a.localhost', '10.0.0.1', '[::2]']) {
      await assert.rejects(scene.source.authorizedFetch(`http://${host}/`), { code: 'wrong_target' });
    }
    assert.equal(scene.asked.length, 0);
    for (const host of ['localhost:1', '127.0.0.1', '127.1.2.3:4', '[::1]']) {
      await scene.source.authorizedFetch(`http://${host}/`);
    }
    assert.equal(scene.asked.length, 5);
  });

  it('sends nothing to an origin that is not in origins, and plain http to one that is', async (t) => {
    const scene = startScene(t, { origins: ['https://quartile.example', new URL('http://mock:8080')] });
    for (const url of [
      'https://elsewhere.example/',
      'https://quartile.example:444/',
      'http://quartile.example/',
      'http://127.0.0.1/',
      new Request('https://elsewhere.example/'),
    ]) {
      await assert.rejects(scene.source.authorizedFetch(url), { code: 'wrong_target' });
    }
    assert.equal(scene.asked.length, 0);
    await scene.source.authorizedFetch(QUARTILE);
    await scene.source.authorizedFetch('http://mock:8080/x');
    assert.equal(scene.asked.length, 3);
  });
});
