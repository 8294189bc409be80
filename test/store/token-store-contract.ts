import assert from 'node:assert/strict';
import { it } from 'node:test';
import { newRow } from '../../src/rotation/row-changes.ts';
import type { TokenRow, TokenStore } from '../../src/store/token-store.ts';

const nowMs = Date.parse('2026-11-22T12:00:00.000Z');

function row(overrides: Partial<TokenRow> = {}): TokenRow {
  return { ...newRow('default', { writeId: 'first', nowMs }), ...overrides };
}

/** A row that uses every column. */
const fullRow = row({
  generation: 7,
  tokens: {
    state: 'held',
    set: {
      accessToken: 'a'.repeat(40_000),
      accessExpiresAtMs: nowMs + 43_200_000,
      refreshToken: 'r',
      refreshExpiresAtMs: nowMs + 1_209_600_000,
    },
  },
  source: 'refresh',
  refreshedAtMs: nowMs,
  lease: { id: 'lease', expiresAtMs: nowMs + 15_000 },
  attempt: { kind: 'refresh', startedAtMs: nowMs },
  spentRefreshToken: 'hash',
  consecutiveFailures: 2,
  lastFailureCode: 'http_500',
  nextAttemptAtMs: nowMs + 5_000,
  retryAfterUntilMs: nowMs + 4_000,
  loginBreaker: { refusals: 3, code: 'credentials_refused', nextLoginAtMs: nowMs + 6_900_000, fingerprint: 'f' },
  lastCheckAtMs: nowMs - 60_000,
  history: [
    { atMs: nowMs - 9_000, trigger: 'timer', kind: 'refresh', outcome: 'http_500', ms: 812 },
    { atMs: nowMs, trigger: 'report', kind: 'login', outcome: 'done', ms: 0 },
  ],
  writeId: 'full',
});

/** What every token store does. `open` opens an empty store; `again` opens the same store once more. */
export function testTokenStoreContract(open: () => Promise<{ store: TokenStore; again: () => Promise<TokenStore> }>) {
  it('has no row for an account that never wrote one', async () => {
    const { store } = await open();
    assert.equal(await store.read('default'), undefined);
  });

  it('reads what was written, long tokens included', async () => {
    const { store } = await open();
    const written = await store.write(fullRow, undefined);
    const read = await store.read('default');
    assert.ok(read?.row.tokens.state === 'held');
    const { set } = read.row.tokens; // without the columns that it was read from
    const readRow = { ...read.row, tokens: { state: 'held', set } };
    assert.deepEqual({ ...read, row: readRow }, { row: fullRow, etag: written.result === 'written' && written.etag });
  });

  it('keeps accounts apart', async () => {
    const { store } = await open();
    await store.write(row({ account: 'one', generation: 1 }), undefined);
    await store.write(row({ account: 'two', generation: 2 }), undefined);
    assert.equal((await store.read('one'))?.row.generation, 1);
    assert.equal((await store.read('two'))?.row.generation, 2);
  });

  it('inserts only if there is no row', async () => {
    const { store } = await open();
    await store.write(row(), undefined);
    assert.deepEqual(await store.write(row({ writeId: 'second' }), undefined), { result: 'conflict' });
    assert.equal((await store.read('default'))?.row.writeId, 'first');
  });

  it('replaces only the row that was read', async () => {
    const { store } = await open();
    await store.write(row(), undefined);
    const before = await store.read('default');
    const second = await store.write(row({ writeId: 'second' }), before?.etag);
    const third = await store.write(row({ writeId: 'third' }), before?.etag);
    assert.equal(second.result, 'written');
    assert.deepEqual(third, { result: 'conflict' });
    assert.equal((await store.read('default'))?.row.writeId, 'second');
  });

  it('returns the ETag that the next replacement needs', async () => {
    const { store } = await open();
    const first = await store.write(row(), undefined);
    assert.ok(first.result === 'written');
    assert.equal((await store.write(row({ writeId: 'second' }), first.etag)).result, 'written');
  });

  it('replaces the whole row: columns that the new one lacks are removed', async () => {
    const { store } = await open();
    const first = await store.write(fullRow, undefined);
    assert.ok(first.result === 'written');
    const second = row({ writeId: 'second' });
    await store.write(second, first.etag);
    assert.deepEqual((await store.read('default'))?.row, second);
  });

  it('replaces nothing if the row was deleted', async () => {
    const { store } = await open();
    const other = await store.write(row({ account: 'other' }), undefined);
    assert.ok(other.result === 'written');
    assert.deepEqual(await store.write(row(), other.etag), { result: 'conflict' });
    assert.equal(await store.read('default'), undefined);
  });

  it('lets exactly one of many racing writers win, on insert and on replace', async () => {
    const { store, again } = await open();
    const stores = [store, ...(await Promise.all(Array.from({ length: 7 }, again)))];
    const race = (etag: string | undefined) =>
      Promise.all(stores.map((racer, index) => racer.write(row({ writeId: `${etag ?? 'insert'}-${index}` }), etag)));
    const inserts = await race(undefined);
    const winner = inserts.find((write) => write.result === 'written');
    assert.ok(winner?.result === 'written');
    const replaces = await race(winner.etag);
    for (const writes of [inserts, replaces]) {
      assert.equal(writes.filter((write) => write.result === 'written').length, 1);
      assert.equal(writes.filter((write) => write.result === 'conflict').length, 7);
    }
  });
}
