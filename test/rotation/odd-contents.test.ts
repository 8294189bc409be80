import assert from 'node:assert/strict';
import { randomUUID } from 'node:crypto';
import { after, before, describe, it } from 'node:test';
import { type Azurite, startAzurite } from '../../src/local/azurite.ts';
import { createAzureTableStore, openTable } from '../../src/store/azure-table.ts';
import { HISTORY_LENGTH } from '../../src/store/token-store.ts';
import { RING } from '../store/stored-entity.ts';
import { openScene } from './scene.ts';
import { HOUR_MS } from './workbench.ts';

const scene = openScene();
const LARGEST_INT32 = 2_147_483_647;
const past = { at: '2026-01-01T00:00:00.000Z', trigger: 'timer', kind: 'login', outcome: '', ms: 1 };

function repeat(count: number, attempt: object): string {
  return JSON.stringify(Array.from({ length: count }, () => attempt));
}

/** 47 attempts in as many characters as a column may have, nearly. */
function longHistory(): string {
  const outcome = 'x'.repeat(Math.floor((32_760 - repeat(47, past).length) / 47));
  return repeat(47, { ...past, outcome }).padEnd(32_760);
}

/** @param last `tokensN` */
function tokenColumns(first: number, last: number, value: string): Record<string, string> {
  const numbers = Array.from({ length: last - first + 1 }, (_, index) => first + index);
  return Object.fromEntries(numbers.map((number) => [`tokens${number}`, value]));
}

const longText = 'x'.repeat(32_768);
const contents: [what: string, columns: Record<string, unknown>][] = [
  ['a history of 47 attempts in 32,760 characters', { history: longHistory() }],
  ['a history of 340 attempts that took 1e20 ms', { history: repeat(340, past).replaceAll('"ms":1', '"ms":1e20') }],
  ['a history that is not a list', { history: longText }],
  ['counters at their largest value', { consecutiveFailures: LARGEST_INT32 }],
  ['a generation at the largest value', { generation: LARGEST_INT32 }],
  ['a generation that no ciphertext confirms', { generation: LARGEST_INT32 - 1 }],
  ['unknown columns named as tokens', tokenColumns(17, 240, 'x')],
  ['columns of tokens that belong to no pair', tokenColumns(2, 16, 'x'.repeat(32_000))],
  ['long texts', { leaseId: longText, lastFailureCode: longText, spentRefreshToken: longText, writeId: longText }],
  ['a long jsonData', { jsonData: longText }],
  ['a long login breaker', { loginBreaker: longText }],
];

describe('a table that contains', () => {
  let azurite: Azurite;
  before(async () => {
    azurite = await startAzurite();
  });
  after(() => azurite.stop());

  for (const [what, columns] of contents) {
    it(`${what}: a failure is recorded, and a received pair is saved`, async () => {
      const { connectionString } = azurite;
      const table = await openTable({ kind: 'connection-string', connectionString }, `t${randomUUID().slice(0, 8)}`);
      const store = createAzureTableStore(table, RING);
      const rotator = scene.bench.anotherRotator({ store });
      const rotate = () => rotator.rotate(scene.bench.request());
      const plant = async () => {
        await table.updateEntity({ partitionKey: 'default', rowKey: 'token', ...columns }, 'Merge');
        scene.bench.pass(11 * HOUR_MS);
      };
      assert.equal((await rotate()).result, 'done');
      await plant();
      scene.strike({ kind: 'status', status: 500 }, 'any', 2);
      assert.equal((await rotate()).result, 'failed');
      assert.ok(((await store.read('default'))?.row.consecutiveFailures ?? 0) > 0);
      scene.bench.simulator.clearFaults();
      await plant();
      assert.equal((await rotate()).result, 'done');
      const saved = await store.read('default');
      assert.ok(saved?.row.tokens.state === 'held');
      assert.ok(scene.bench.simulator.checkAccessToken(saved.row.tokens.set.accessToken).live);
      assert.deepEqual([saved.row.lease, saved.row.consecutiveFailures], [undefined, 0]);
      assert.equal(saved.row.history.at(-1)?.outcome, 'done', 'nothing had to be left out');
      assert.ok(saved.row.history.length <= HISTORY_LENGTH);
      scene.bench.pass(11 * HOUR_MS);
      assert.equal((await rotate()).result, 'done');
      assert.ok(!scene.bench.events.some(({ name }) => name === 'rotation.save_delayed'));
    });
  }
});
