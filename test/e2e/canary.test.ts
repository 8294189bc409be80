import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import { openTable } from '../../src/store/azure-table.ts';
import { LeakError } from '../canary/canary.ts';
import { credentials } from './credentials.ts';
import { startRunningHost } from './running-host.ts';
import { hostEnv, type Stack, startStack } from './stack.ts';

// `func start` logs no path that it does not know.
const skip = process.env.E2E_HOST === 'func' && 'the log of func start is not ours to plant in';

/** Each one shows a secret where it must not be. */
const leaks: readonly (readonly [where: string, told: RegExp, leak: (stack: Stack) => Promise<unknown>])[] = [
  [
    'the log of a host',
    /password \(URL-encoded\) in the output of a host/,
    ({ host }) => fetch(`${host.url}/api/${encodeURIComponent(credentials.password)}`), // it logs the path
  ],
  [
    'a column of the table',
    /access token \(raw\) in the table tokens/,
    async ({ azurite, store }) => {
      const { tokens } = (await store.read('default'))?.row ?? {};
      assert.ok(tokens?.state === 'held');
      await writeNote(azurite.connectionString, 'tokens', tokens.set.accessToken.slice(-40));
    },
  ],
  [
    'another table',
    /subscription key \(base64\) in the table others/,
    ({ azurite }) =>
      writeNote(azurite.connectionString, 'others', Buffer.from(credentials.subscriptionKey).toString('base64')),
  ],
];

async function writeNote(connectionString: string, tableName: string, note: string): Promise<void> {
  const table = await openTable({ kind: 'connection-string', connectionString }, tableName);
  await table.createTable();
  await table.upsertEntity({ partitionKey: 'planted', rowKey: 'leak', note });
}

describe('a stack that has stopped', { timeout: 120_000, skip }, () => {
  for (const [where, told, leak] of leaks) {
    it(`tells of a secret in ${where}`, async () => {
      const stack = await startStack();
      assert.equal((await stack.host.getToken()).status, 200);
      await leak(stack);
      await assert.rejects(stack.stop(), (error) => error instanceof LeakError && told.test(error.message));
    });
  }
});

describe('a host alone that has stopped', { timeout: 120_000, skip }, () => {
  it('tells of a secret of its settings in its log', async () => {
    const stack = await startStack();
    const key = credentials.subscriptionKey.replaceAll(/\d/g, (digit) => String(9 - Number(digit)));
    const host = await startRunningHost({
      ...hostEnv(stack.azurite, stack.simulator),
      QUARTILE_SUBSCRIPTION_KEY: key,
    });
    await fetch(`${host.url}/${key}`);
    await assert.rejects(host.stop(), /subscription key \(raw\) in the output of a host/);
    await stack.stop();
  });
});
