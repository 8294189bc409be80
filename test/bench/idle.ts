/** The operations on the table while no refresh is due: of the timer's check, and of callers. */
import { until } from '../e2e/stack.ts';
import type { Bench, Figure } from './figures.ts';
import { onGround, startCountedTable } from './ground.ts';
import { drive } from './load-generator.ts';

const HAND_OUTS = 1_000;

export async function measureIdle({ progress }: Pick<Bench, 'progress'>): Promise<readonly Figure[]> {
  return onGround(async (ground) => {
    const table = await startCountedTable(ground.azurite);
    try {
      let output = '';
      const settings = { AzureWebJobsStorage: table.connectionString };
      const host = await ground.startHost('built', { settings, onOutput: (text) => (output += text) });
      const checks = () => output.split('refreshTokens: Succeeded').length - 1;
      const check = async () => {
        const done = checks();
        const headers = { 'content-type': 'application/json' };
        const url = `${host.url}/admin/functions/refreshTokens`;
        await fetch(url, { method: 'POST', headers, body: '{"input":""}' });
        await until(() => checks() > done);
        return table.takeOperations();
      };
      progress(`the first check, which logs in: ${(await check()).join(', ')}`);
      const idle = await check();
      progress(`an idle check: ${idle.join(', ')}`);
      await fetch(`${host.url}/api/token`);
      table.takeOperations();
      await drive(`${host.url}/api/token`, { answers: HAND_OUTS });
      const perHandOuts = table.takeOperations().length;
      return [
        { what: 'reads of the table by an idle check', value: count(idle, true), unit: '', goal: { atMost: 1 } },
        { what: 'writes to the table by an idle check', value: count(idle, false), unit: '', goal: { atMost: 0 } },
        { what: 'operations on the table for 1,000 hand-outs', value: perHandOuts, unit: '' },
      ];
    } finally {
      await table.close();
    }
  });
}

function count(operations: readonly string[], reads: boolean): number {
  return operations.filter((method) => (method === 'GET') === reads).length;
}
