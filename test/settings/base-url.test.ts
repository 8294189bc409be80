import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import { readSettings } from '../../src/settings/settings.ts';
import { validEnv } from '../fixtures.ts';

/** The base URL as it is used, or the settings that are wrong. */
function read(url: string): string {
  const reading = readSettings(validEnv({ QUARTILE_BASE_URL: url }));
  if (reading.ok) return reading.value.quartile.baseUrl;
  return `wrong: ${reading.error.map(({ setting }) => setting).join()}`;
}

describe('QUARTILE_BASE_URL', () => {
  it('loses its trailing slashes', () => {
    assert.equal(read('https://example.com/v2//'), 'https://example.com/v2');
  });

  for (const host of ['localhost', 'localhost:8080', '127.0.0.1:1', '127.9.9.9', '[::1]:8080']) {
    it(`may be http on ${host}, this machine`, () => {
      assert.equal(read(`http://${host}/v2`), `http://${host}/v2`);
    });
  }

  const refused = [
    'http://api.quartile.com',
    'http://localhost.example.com',
    'http://127.0.0.1.example.com',
    'http://10.0.0.1',
    'http://0.0.0.0',
    'ftp://127.0.0.1',
    'api.quartile.com',
    'https://',
    'https://user@example.com',
    'https://:password@example.com',
    'https://example.com/v2?query',
    'https://example.com/v2#hash',
    // Nothing can hang below these either: https://example.com/v2?/login
    'https://example.com/v2?',
    'https://example.com/v2#',
    'https://example.com/v2\n',
  ];
  for (const url of refused) {
    it(`may not be ${JSON.stringify(url)}`, () => {
      assert.equal(read(url), 'wrong: QUARTILE_BASE_URL');
    });
  }
});
