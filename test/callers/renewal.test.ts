import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import type { Caller } from '../../src/callers/caller-store.ts';
import { verifyToken } from '../../src/callers/caller-token.ts';
import { renewAccess } from '../../src/callers/renewal.ts';
import { caller, NOW_MS } from '../fixtures.ts';
import { loginParts } from './login-crowd.ts';
import { createMemoryCallers } from './memory-callers.ts';

const identity = { caller: 'worker', credentialId: 'credential-1' };

async function setUp(overrides: Partial<Caller> = {}) {
  const store = createMemoryCallers();
  await store.write(caller(overrides), undefined);
  return { store, parts: { ...loginParts(store), nowMs: () => NOW_MS } };
}

describe('a renewal', () => {
  it('gives an access token that speaks for the same caller', async () => {
    const { parts } = await setUp();
    const renewal = await renewAccess(parts, identity);
    assert.ok(renewal.result === 'renewed');
    assert.equal(renewal.accessLifeMs, parts.accessLifeMs);
    const verdict = await verifyToken(parts.keys, renewal.accessToken, { kind: 'access', nowMs: NOW_MS });
    assert.deepEqual(verdict, { result: 'known', identity });
  });

  it('is refused to whoever is disabled, gone, damaged, or has got another secret since', async () => {
    const refused = { result: 'refused' };
    assert.deepEqual(await renewAccess((await setUp({ disabled: true })).parts, identity), refused);
    assert.deepEqual(await renewAccess((await setUp({ credentialId: 'credential-2' })).parts, identity), refused);
    assert.deepEqual(await renewAccess((await setUp({ name: 'another' })).parts, identity), refused);
    const { store, parts } = await setUp();
    store.damaged.add('worker');
    assert.deepEqual(await renewAccess(parts, identity), refused);
  });

  it('is neither given nor refused while the table is out of reach', async () => {
    const { store, parts } = await setUp();
    store.down = true;
    assert.deepEqual(await renewAccess(parts, identity), { result: 'store-unavailable', code: 'ECONNREFUSED' });
  });
});
