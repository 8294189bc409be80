import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import { createTokenSource, type TokenSourceOptions } from '../../src/client/index.ts';
import { readOptions } from '../../src/client/options.ts';

const valid: TokenSourceOptions = { url: 'https://keeper.example', functionKey: 'k' };

describe('the options of a token source', () => {
  it('accept the root with and without a slash, and with a path', () => {
    const root = (url: string | URL) => readOptions({ ...valid, url }).root;
    assert.equal(root('https://keeper.example'), 'https://keeper.example');
    assert.equal(root('https://keeper.example//'), 'https://keeper.example');
    assert.equal(root(new URL('http://127.0.0.1:7071/')), 'http://127.0.0.1:7071');
    assert.equal(root('http://localhost:7071'), 'http://localhost:7071');
    assert.equal(root('https://gateway.example/keeper/'), 'https://gateway.example/keeper');
  });

  it('have the defaults that are documented', () => {
    const { timeoutMs, waitMs, renewBeforeMs, subscriptionKey } = readOptions(valid);
    assert.deepEqual([timeoutMs, waitMs, renewBeforeMs, subscriptionKey], [28_000, 30_000, 300_000, undefined]);
  });

  it('are refused if invalid, by an error without their values', () => {
    const wrong: Partial<Record<keyof TokenSourceOptions, unknown>>[] = [
      { url: '' },
      { url: 'SECRET' },
      { url: 'ftp://keeper.example' },
      { url: 'http://keeper.example' },
      { url: 'http://10.0.0.1:7071' },
      { url: 'http://localhost.example' },
      { url: 'https://keeper.example/api' },
      { url: 'https://keeper.example/api/token/' },
      { url: 'https://keeper.example/?code=SECRET' },
      { url: 'https://SECRET:x@keeper.example' },
      { functionKey: '' },
      { functionKey: undefined },
      { functionKey: 'SECRET\r\nX: 1' },
      { clientId: 'a', clientSecret: 'SECRET' },
      { functionKey: undefined, clientId: 'a' },
      { functionKey: undefined, clientSecret: 'SECRET' },
      { subscriptionKey: '' },
      { subscriptionKey: 'SECRET key' },
      { origins: [] },
      { origins: '' },
      { origins: ['SECRET', 'https://quartile.example'] },
      { origins: ['https://quartile.example/SECRET'] },
      { origins: ['https://SECRET:x@quartile.example'] },
      { origins: ['ftp://quartile.example'] },
      { timeoutMs: -1 },
      { waitMs: Number.NaN },
      { renewBeforeSeconds: Infinity },
    ];
    for (const overrides of wrong) {
      assert.throws(
        () => createTokenSource(Object.assign({ ...valid }, overrides)),
        (error) => error instanceof TypeError && !error.message.includes('SECRET'),
        JSON.stringify(overrides),
      );
    }
  });
});
