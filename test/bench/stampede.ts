/** A thousand callers on three instances at the moment the token has expired, and a slow Quartile. */
import { Agent, get } from 'node:http';
import * as z from 'zod';
import type { HostProcess } from '../../src/local/host-process.ts';
import { createAzureTableStore, openTable } from '../../src/store/azure-table.ts';
import { ENCRYPTION_KEY } from '../e2e/credentials.ts';
import { letTokenEnd } from '../e2e/ending-token.ts';
import { keyRing } from '../fixtures.ts';
import { type Bench, type Figure, median } from './figures.ts';
import { type Ground, onGround, slowUpstream, startCountedTable, UPSTREAM_MS } from './ground.ts';

const CALLERS = 1_000;
const INSTANCES = 3;

/** Every instance soon sees a changed row, and a token may be replaced seconds after it was created. */
const HASTE = { CACHE_SECONDS: '1', FORCED_REFRESH_COOLDOWN_SECONDS: '0' };

const answerSchema = z.object({ access_token: z.string(), expires_at: z.string() });

type Stampede = { readonly upstream: number; readonly operations: number; readonly beyondUpstreamMs: number };

export async function measureStampede({ rounds, progress }: Bench): Promise<readonly Figure[]> {
  return onGround(async (ground) => {
    const table = await startCountedTable(ground.azurite);
    try {
      const settings = { AzureWebJobsStorage: table.connectionString, ...HASTE };
      const hosts: HostProcess[] = [];
      while (hosts.length < INSTANCES) hosts.push(await ground.startHost('built', { settings }));
      const stampedes: Stampede[] = [];
      for (let round = 1; round <= rounds; round += 1) {
        const before = await endToken(ground, hosts);
        table.takeOperations();
        slowUpstream(ground);
        const beyondUpstreamMs = (await callAll(hosts)) - UPSTREAM_MS;
        const upstream = upstreamCalls(ground) - before;
        stampedes.push({ upstream, operations: table.takeOperations().length, beyondUpstreamMs });
        progress(`round ${round}: ${JSON.stringify(stampedes.at(-1))}`);
      }
      return toFigures(stampedes);
    } finally {
      await table.close();
    }
  });
}

function toFigures(stampedes: readonly Stampede[]): readonly Figure[] {
  const upstream = Math.max(...stampedes.map((one) => one.upstream));
  const operations = median(stampedes.map((one) => one.operations));
  const beyondUpstreamMs = median(stampedes.map((one) => one.beyondUpstreamMs));
  return [
    { what: 'calls to Quartile, at most in any round', value: upstream, unit: '', goal: { atMost: 1 } },
    { what: 'operations on the table', value: operations, unit: '' },
    {
      what: `until the last caller is served, beyond Quartile's ${UPSTREAM_MS} ms`,
      value: beyondUpstreamMs,
      unit: 'ms',
    },
  ];
}

/** Waits for the end of the token, which every instance knows. @returns the calls to Quartile so far */
async function endToken(ground: Ground, hosts: readonly HostProcess[]): Promise<number> {
  await ask(hosts[0]?.url ?? ''); // makes one if the table is empty
  const storage = { kind: 'connection-string', connectionString: ground.azurite.connectionString } as const;
  const sealing = keyRing(ENCRYPTION_KEY);
  const store = createAzureTableStore(await openTable(storage, 'tokens'), sealing);
  const putEnd = async (accessExpiresAtMs: number) => {
    const stored = await store.read('default');
    if (stored?.row.tokens.state !== 'held') throw new Error('There is no token');
    const set = { ...stored.row.tokens.set, accessExpiresAtMs };
    const write = await store.write({ ...stored.row, tokens: { state: 'held', set } }, stored.etag);
    if (write.result !== 'written') throw new Error(`The row was not changed: ${write.result}`);
  };
  const askForEnd = async ({ url }: HostProcess) => Date.parse((await ask(url)).expires_at);
  await letTokenEnd(
    putEnd,
    hosts.map((host) => () => askForEnd(host)),
  );
  return upstreamCalls(ground);
}

/** Any valid token, however little is left. */
async function ask(url: string): Promise<z.infer<typeof answerSchema>> {
  return answerSchema.parse(await (await fetch(`${url}/api/token?min_ttl=0`)).json());
}

/** All callers at once. @returns the ms until the last one is served @throws unless all receive the same token */
async function callAll(hosts: readonly HostProcess[]): Promise<number> {
  const agent = new Agent({ keepAlive: true, maxSockets: Infinity });
  const startedAtMs = performance.now();
  const call = (_: unknown, index: number) =>
    new Promise<string>((resolve, reject) => {
      const url = `${hosts[index % hosts.length]?.url}/api/token`;
      get(url, { agent }, (response) => {
        let text = '';
        response.setEncoding('utf8').on('data', (chunk) => (text += String(chunk)));
        response.on('end', () => {
          if (response.statusCode === 200) resolve(text);
          else reject(new Error(`A caller was answered ${response.statusCode}: ${text}`));
        });
      }).on('error', reject);
    });
  const answers = await Promise.all(Array.from({ length: CALLERS }, call));
  const lastServedMs = performance.now() - startedAtMs;
  agent.destroy();
  const tokens = new Set(answers.map((answer) => answerSchema.parse(JSON.parse(answer)).access_token));
  if (tokens.size !== 1) throw new Error(`${tokens.size} tokens were handed out`);
  return lastServedMs;
}

function upstreamCalls({ simulator }: Ground): number {
  const { login, refresh } = simulator.stats().requests;
  return login + refresh;
}
