import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import * as fc from 'fast-check';
import { ok } from '../../src/result.ts';
import { loginAnswer, readLogin, refusalAnswer, renewalAnswer } from '../../src/http/auth-route.ts';

const read = (body: string) => readLogin(new Request('http://localhost/', { method: 'POST', body }));
const json = (members: object) => JSON.stringify({ client_id: 'worker', client_secret: 'secret', ...members });

function parsed(body: unknown): Record<string, unknown> {
  assert.ok(typeof body === 'string');
  return Object(JSON.parse(body));
}

describe('the body of a login', () => {
  it('contains a name and a secret', async () => {
    const expected = ok({ clientId: 'worker', clientSecret: 'secret' });
    assert.deepEqual(await read(json({})), expected);
    assert.deepEqual(await read(json({ grant_type: 'not ours to judge' })), expected);
  });

  it('may contain any name and any secret of 1 to 200 characters', async () => {
    for (const text of [' ', 'No Name', '\u0000', 'ü'.repeat(200)]) {
      const expected = ok({ clientId: text, clientSecret: text });
      assert.deepEqual(await read(json({ client_id: text, client_secret: text })), expected);
    }
  });

  it('is refused otherwise, with a detail that repeats nothing of it', async () => {
    const marked = 'marked-text';
    const members = [{ client_id: '' }, { client_secret: 7 }, { client_id: undefined }, { client_secret: null }];
    const long = json({ client_id: marked.padEnd(201) });
    for (const body of [
      '',
      marked,
      'null',
      `["${marked}"]`,
      ...members.map(json),
      long,
      json({ x: 'x'.repeat(4_000) }),
    ]) {
      const login = await read(body);
      assert.ok(!login.ok);
      assert.match(login.error, /client_id.*client_secret/);
      assert.ok(!login.error.includes(marked));
    }
  });

  it('yields two texts of the body, or the same detail, for any body', async () => {
    const value = fc.oneof(fc.string({ unit: 'binary' }), fc.jsonValue({ maxDepth: 1 }));
    const nearly = fc.record({ client_id: value, client_secret: value }).map((body) => JSON.stringify(body));
    const refusal = await read('');
    await fc.assert(
      fc.asyncProperty(fc.oneof(fc.string(), fc.string({ unit: 'binary' }), fc.json(), nearly), async (body) => {
        const login = await read(body);
        if (!login.ok) return assert.deepEqual(login, refusal);
        const { client_id, client_secret } = Object(JSON.parse(body));
        const { clientId, clientSecret } = login.value;
        assert.deepEqual([clientId, clientSecret], [client_id, client_secret]);
        for (const text of [clientId, clientSecret]) assert.ok(text.length >= 1 && text.length <= 200);
      }),
      { numRuns: 1000 },
    );
  });

  it('is read up to 4,000 characters', async () => {
    assert.equal((await read(json({}).padEnd(4_000))).ok, true);
    assert.equal((await read(json({}).padEnd(4_001))).ok, false);
  });
});

describe('the answer to', () => {
  const headers = { 'Cache-Control': 'no-store', 'Content-Type': 'application/json' };
  const access = { accessToken: 'a', accessLifeMs: 900_000 };

  it('a login has both tokens and the caller', () => {
    const { body, ...others } = loginAnswer({ ...access, refreshToken: 'r', caller: 'worker' });
    assert.deepEqual(others, { status: 200, headers });
    assert.deepEqual(parsed(body), {
      access_token: 'a',
      refresh_token: 'r',
      token_type: 'Bearer',
      expires_in: 900,
      caller: 'worker',
    });
  });

  it('a renewal has only the access token', () => {
    const { body, ...others } = renewalAnswer(access);
    assert.deepEqual(others, { status: 200, headers });
    assert.deepEqual(parsed(body), { access_token: 'a', token_type: 'Bearer', expires_in: 900 });
  });
});

describe('the refusal of a token', () => {
  const detailOf = (...given: Parameters<typeof refusalAnswer>): string =>
    String(parsed(refusalAnswer(...given).body).detail);

  it('says which kind of token to send, and where to obtain it', () => {
    assert.match(detailOf('wrong_token_kind', 'access'), /This is a refresh token\. Send an access token/);
    assert.match(detailOf('wrong_token_kind', 'refresh'), /This is an access token\. Send a refresh token/);
    for (const code of ['authentication_required', 'wrong_token_kind'] as const) {
      assert.match(detailOf(code, 'access'), /access token, from POST \/api\/auth\/login/);
      assert.match(detailOf(code, 'refresh'), /refresh token, from POST \/api\/auth\/login/);
    }
  });

  it('says what to do about an expired token', () => {
    assert.match(detailOf('token_expired', 'access'), /GET \/api\/auth\/refresh_token/);
    assert.match(detailOf('token_expired', 'refresh'), /POST \/api\/auth\/login/);
  });
});
