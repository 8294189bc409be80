import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import { prefersJson, statusJsonAnswer, statusPageAnswer } from '../../src/http/status-route.ts';

describe('the status', () => {
  const accepts: Record<'JSON' | 'a page', readonly (string | null)[]> = {
    JSON: [
      'application/json',
      'APPLICATION/JSON',
      'application/*',
      'application/json, text/plain, */*',
      'application/json;q=0.9, text/html;q=0.8',
      'text/html;q=0, */*',
    ],
    'a page': [
      null,
      '',
      '*/*',
      'text/html',
      'text/html,application/xhtml+xml,application/xml;q=0.9,image/avif,image/webp,*/*;q=0.8',
      'text/html, application/json',
      'application/json;q=0.5, text/html',
      'application/json;q=0',
      'text/plain',
      'garbage',
      ';;,/,',
    ],
  };
  for (const [representation, headers] of Object.entries(accepts)) {
    for (const accept of headers) {
      it(`is ${representation} for Accept: ${accept ?? 'nothing'}`, () => {
        assert.equal(prefersJson(accept) ? 'JSON' : 'a page', representation);
      });
    }
  }

  it('is not cached, has a fixed type, and sends its URL to no other site', () => {
    const guarded = {
      'Cache-Control': 'no-store',
      'X-Content-Type-Options': 'nosniff',
      'Referrer-Policy': 'no-referrer',
    };
    assert.deepEqual(statusPageAnswer('<p>', 'a policy'), {
      headers: { ...guarded, 'Content-Type': 'text/html; charset=utf-8', 'Content-Security-Policy': 'a policy' },
      body: '<p>',
    });
    assert.deepEqual(statusJsonAnswer({ a: 1 }), {
      headers: { ...guarded, 'Content-Type': 'application/json' },
      body: '{"a":1}',
    });
  });
});
