import assert from 'node:assert/strict';
import { it } from 'node:test';
import type { CallerStore } from '../../src/callers/caller-store.ts';
import { caller } from '../fixtures.ts';
import { logInAtOnce } from './login-crowd.ts';
import { readCaller } from './read-caller.ts';

const nowMs = Date.parse('2026-11-22T12:00:00.000Z');

/** What every callers' table does. `open` gives one that is empty; `again` opens the same one once more. */
export function testCallerStoreContract(
  open: () => Promise<{ store: CallerStore; again: () => Promise<CallerStore> }>,
) {
  it('knows nobody where nobody was added', async () => {
    const { store } = await open();
    assert.equal(await store.read('worker'), undefined);
    assert.deepEqual(await store.list(), { callers: [], damaged: [] });
    assert.equal(await store.remove('worker'), false);
    assert.deepEqual(await store.readFailures('own-worker'), { timesMs: [], etag: undefined });
    await store.forgetFailures('own-worker');
  });

  it('gives back what was written, of whatever form a name is', async () => {
    const { store } = await open();
    for (const name of ['worker', '0.a-b_c', 'a'.repeat(64)]) {
      for (const lastLoginAtMs of [undefined, nowMs]) {
        const written = caller({ name, lastLoginAtMs, disabled: lastLoginAtMs !== undefined });
        const write = await store.write(written, (await readCaller(store, name))?.etag);
        assert.ok(write.result === 'written');
        assert.deepEqual(await store.read(name), { caller: written, etag: write.etag });
      }
    }
    assert.deepEqual(
      (await store.list()).callers.map(({ name }) => name),
      ['0.a-b_c', 'a'.repeat(64), 'worker'],
    );
  });

  it('adds a caller only where there is none of that name', async () => {
    const { store } = await open();
    await store.write(caller({ secretHash: 'first' }), undefined);
    assert.deepEqual(await store.write(caller({ secretHash: 'second' }), undefined), { result: 'conflict' });
    assert.equal((await readCaller(store, 'worker'))?.caller.secretHash, 'first');
  });

  it('changes only the caller that was read', async () => {
    const { store } = await open();
    await store.write(caller(), undefined);
    const before = await readCaller(store, 'worker');
    assert.equal((await store.write(caller({ disabled: true }), before?.etag)).result, 'written');
    assert.deepEqual(await store.write(caller({ lastLoginAtMs: nowMs }), before?.etag), { result: 'conflict' });
    assert.equal((await readCaller(store, 'worker'))?.caller.disabled, true);
  });

  it('removes a caller, and changes none that is gone', async () => {
    const { store } = await open();
    await store.write(caller(), undefined);
    const before = await readCaller(store, 'worker');
    assert.equal(await store.remove('worker'), true);
    assert.equal(await store.remove('worker'), false);
    assert.equal(await store.read('worker'), undefined);
    assert.deepEqual(await store.write(caller(), before?.etag), { result: 'conflict' });
  });

  it('keeps failures apart from callers, and from one another', async () => {
    const { store } = await open();
    await store.write(caller(), undefined);
    await store.writeFailures('own-worker', [nowMs, nowMs + 1], undefined);
    await store.writeFailures('slot-0001', [], undefined);
    assert.deepEqual((await store.readFailures('own-worker')).timesMs, [nowMs, nowMs + 1]);
    assert.deepEqual((await store.readFailures('slot-0001')).timesMs, []);
    assert.equal((await store.list()).callers.length, 1);
    assert.equal(await store.read('own-worker'), undefined);
    await store.forgetFailures('own-worker');
    assert.deepEqual(await store.readFailures('own-worker'), { timesMs: [], etag: undefined });
    assert.ok(await store.read('worker'));
  });

  it('writes failures only over those that were read', async () => {
    const { store } = await open();
    const first = await store.writeFailures('slot-0001', [nowMs], undefined);
    assert.ok(first.result === 'written');
    assert.deepEqual(await store.writeFailures('slot-0001', [], undefined), { result: 'conflict' });
    assert.equal((await store.writeFailures('slot-0001', [nowMs, nowMs], first.etag)).result, 'written');
    assert.deepEqual(await store.writeFailures('slot-0001', [], first.etag), { result: 'conflict' });
    assert.deepEqual((await store.readFailures('slot-0001')).timesMs, [nowMs, nowMs]);
  });

  it('forgets only the failures that were read, where it is told which', async () => {
    const { store } = await open();
    await store.writeFailures('own-worker', [nowMs], undefined);
    const { etag } = await store.readFailures('own-worker');
    await store.writeFailures('own-worker', [nowMs, nowMs], etag);
    await store.forgetFailures('own-worker', etag);
    assert.deepEqual((await store.readFailures('own-worker')).timesMs, [nowMs, nowMs]);
    await store.forgetFailures('own-worker', (await store.readFailures('own-worker')).etag);
    assert.deepEqual((await store.readFailures('own-worker')).timesMs, []);
    await store.forgetFailures('own-worker', etag);
  });

  for (const who of ['worker', 'nobody', 'No Name'] as const) {
    it(`refuses five of twenty wrong logins as ${who} at once, and tells the rest to wait, across instances`, async () => {
      const { store, again } = await open();
      await store.write(caller(), undefined);
      const results = await logInAtOnce([store, await again()], { clientId: who, count: 20 });
      assert.deepEqual(results, { refused: 5, throttled: 15 });
    });
  }
}
