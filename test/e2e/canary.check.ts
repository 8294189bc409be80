import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import { openTable } from '../../src/store/azure-table.ts';
import { LeakError } from '../canary/canary.ts';
import { credentials } from './credentials.ts';
import { startRunningHost } from './running-host.ts';
import { hostEnv, startStack } from './stack.ts';

// `func start` does not log an unknown path, so the test cannot plant a secret in its log.
const skip = process.env.E2E_HOST === 'func' && 'func start logs no unknown path';

async function writeNote(connectionString: string, tableName: string, note: string): Promise<void> {
  const table = await openTable({ kind: 'connection-string', connectionString }, tableName);
  await table.createTable();
  await table.upsertEntity({ partitionKey: 'planted', rowKey: 'leak', note });
}

describe('the search of a stack that has stopped', { timeout: 120_000, skip }, () => {
  it('finds a secret in the log of a host, in a column, and in another table', async (test) => {
    const stack = await startStack();
    test.after(() => stack.stop().catch(() => undefined)); // if an assertion fails before the last one
    const { connectionString } = stack.azurite;
    const alone = await startRunningHost(hostEnv(stack.azurite, stack.simulator));
    await fetch(`${alone.url}/${credentials.subscriptionKey}`); // the host logs the path
    await assert.rejects(alone.stop(), /output of a host: subscription key \(raw\)/);

    assert.equal((await stack.host.getToken()).status, 200);
    await fetch(`${stack.host.url}/api/${encodeURIComponent(credentials.password)}`);
    const { tokens } = (await stack.store.read('default'))?.row ?? {};
    assert.ok(tokens?.state === 'held');
    await writeNote(connectionString, 'tokens', tokens.set.accessToken.slice(-40));
    await writeNote(connectionString, 'others', Buffer.from(credentials.subscriptionKey).toString('base64'));
    await assert.rejects(stack.stop(), (error) => {
      assert.ok(error instanceof LeakError);
      for (const leak of [
        'In the output of a host: password (URL-encoded)',
        'In the table tokens: access token (raw)',
        'In the table others: subscription key (base64)',
      ])
        assert.ok(error.message.includes(leak), error.message);
      return true;
    });
  });
});
