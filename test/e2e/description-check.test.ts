import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import { createDescriptionCheck, findFault } from './description-check.ts';

const token = {
  access_token: 'a',
  token_type: 'Bearer',
  expires_in: 1,
  expires_at: '2026-01-15T12:00:00.000Z',
  refreshed_at: '2026-01-15T12:00:00.000Z',
  generation: 1,
  source: 'login',
  stale: false,
};
const json = new Headers({ 'content-type': 'application/json' });
const good = { method: 'GET', path: '/api/token', status: 200, headers: json, body: JSON.stringify(token) };

describe('the check of answers against the description', () => {
  it('passes what is described, what the host answers by itself, and what is not ours', () => {
    const passing = [
      good,
      { ...good, headers: new Headers({ 'content-type': 'text/plain; charset=utf-8' }), body: 'bare' },
      { ...good, status: 401, headers: new Headers(), body: '' },
      { ...good, method: 'POST', path: '/api/auth/login', status: 404, headers: new Headers(), body: '' },
      { ...good, path: '/admin/host/status' },
    ];
    for (const answer of passing) assert.equal(findFault(answer), undefined);
  });

  it('finds what is not described', () => {
    const problem = (status: number, code: string) => ({
      ...good,
      status,
      headers: new Headers({ 'content-type': 'application/problem+json', 'retry-after': '1', 'www-authenticate': 'B' }),
      body: JSON.stringify({ title: 't', status, code, detail: 'd' }),
    });
    assert.equal(findFault(problem(503, 'token_unavailable')), undefined);
    assert.match(String(findFault(problem(503, 'invalid_request'))), /\/code/);
    assert.match(String(findFault(problem(418, 'teapot'))), /status is not described/);
    assert.match(
      String(findFault({ ...good, status: 404, headers: new Headers(), body: '' })),
      /status is not described/,
    );
    const login = { ...problem(401, 'invalid_client'), method: 'POST', path: '/api/auth/login' };
    assert.equal(findFault(login), undefined);
    assert.match(String(findFault({ ...login, headers: new Headers(), body: '' })), /WWW-Authenticate is missing/);
    const nothing = { headers: new Headers({ 'www-authenticate': 'B' }), body: '' };
    assert.match(String(findFault({ ...login, ...nothing })), /media type none/);
    assert.match(String(findFault({ ...problem(503, 'token_unavailable'), headers: json })), /Retry-After is missing/);
    for (const bad of ['soon', '-1', '301', '1.5']) {
      const told = problem(503, 'token_unavailable');
      told.headers.set('retry-after', bad);
      assert.match(String(findFault(told)), /^Retry-After data must be/, bad);
    }
    assert.match(String(findFault({ ...good, headers: new Headers({ 'content-type': 'text/html' }) })), /media type/);
    assert.match(String(findFault({ ...good, body: JSON.stringify({ ...token, more: 1 }) })), /additional properties/);
    assert.match(String(findFault({ ...good, body: JSON.stringify({ ...token, expires_in: 'x' }) })), /expires_in/);
  });

  it('tells of each once, and without what was answered', () => {
    const check = createDescriptionCheck();
    check.check();
    for (let times = 0; times < 2; times += 1) {
      check.see({ ...good, body: JSON.stringify({ ...token, access_token: '' }) });
    }
    assert.throws(
      () => check.check(),
      /^Error: Answers are not .*\nGET \/api\/token 200: \/access_token must NOT have/,
    );
  });
});
