/** What a call costs without a host: the handler alone, and with the library around it. In a process of its own. */
import { once } from 'node:events';
import { fileURLToPath } from 'node:url';
import * as z from 'zod';
import { startProcess } from '../../src/local/child-process.ts';
import { hostEnv } from '../e2e/stack.ts';
import type { Bench, Figure } from './figure.ts';
import { type Ground, onGround } from './ground.ts';
import { median, medianRatio } from './statistics.ts';

const caller = fileURLToPath(new URL('apps/call-handler.ts', import.meta.url));

/** µs per call. */
const costsSchema = z.object({
  handlerUs: z.number(),
  libraryUs: z.number(),
  nothingUs: z.number(),
  preparedUs: z.number(),
});
type Costs = z.infer<typeof costsSchema>;

export async function measureHandler({ rounds, progress }: Bench): Promise<readonly Figure[]> {
  return onGround(async (ground) => {
    const costs: Costs[] = [];
    for (let round = 1; round <= rounds; round += 1) {
      costs.push(await callHandler(ground));
      progress(`round ${round}: ${JSON.stringify(costs.at(-1))}`);
    }
    const all = (name: keyof Costs) => costs.map((cost) => cost[name]);
    const of = (name: keyof Costs) => median(all(name));
    const againstPrepared = medianRatio(all('libraryUs'), all('preparedUs'));
    return [
      { what: "getToken's handler alone, per call", value: of('handlerUs'), unit: 'µs' },
      { what: 'with the library around it', value: of('libraryUs'), unit: 'µs' },
      { what: 'the library around a handler that does nothing', value: of('nothingUs'), unit: 'µs' },
      { what: 'the same with an answer that was prepared, as ours is', value: of('preparedUs'), unit: 'µs' },
      { what: 'getToken against that, library included', value: againstPrepared, unit: '×', goal: { atMost: 1.25 } },
    ];
  });
}

async function callHandler({ azurite, simulator }: Ground): Promise<Costs> {
  const env = hostEnv(azurite, simulator);
  const child = await startProcess(process.execPath, [caller], { env, stdio: ['ignore', 'ignore', 'inherit', 'ipc'] });
  try {
    const [costs]: unknown[] = await Promise.race([
      once(child.process, 'message'),
      child.exited.then((code) => Promise.reject(new Error(`The process that calls the handler ended with ${code}`))),
    ]);
    return costsSchema.parse(costs);
  } finally {
    await child.stop();
  }
}
