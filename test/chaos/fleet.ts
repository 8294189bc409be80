import type { Azurite } from '../../src/local/azurite.ts';
import { type Simulator, startSimulator } from '../../src/local/simulator/simulator.ts';
import { createAzureTableStore, openTable } from '../../src/store/azure-table.ts';
import type { TokenStore } from '../../src/store/token-store.ts';
import { createCanary } from '../canary/canary.ts';
import { readTable, tapTable } from '../canary/sources.ts';
import { keyRing } from '../fixtures.ts';
import { credentials, ENCRYPTION_KEY } from '../e2e/credentials.ts';
import { createDescriptionCheck } from '../e2e/description-check.ts';
import { hostEnv } from '../e2e/stack.ts';
import type { HeldRequest, ProxyMode, Sighting } from './proxy.ts';
import type { Step } from './steps.ts';
import { startWorker, type Worker } from './worker.ts';

/** Hosts over one table and one simulator. */
export type Fleet = {
  readonly workers: readonly Worker[];
  readonly simulator: Simulator;
  /** The table, past all proxies. */
  readonly store: TokenStore;
  /** Everything that the hosts have sent to Quartile, held requests and broken ones too. */
  readonly sent: readonly Sighting[];
  /** Lets a host log in, so that there is a row. */
  firstToken(): Promise<void>;
  /**
   * Ends the hosts, and searches what they have written, answered and stored.
   *
   * @throws {LeakError} when a secret was written where it must not be
   */
  stop(): Promise<void>;
};

/** The worker that came to a step first, and the request that told of it. */
export type Caught = { readonly worker: Worker; readonly held: HeldRequest };

const HOSTS = 3;

/** What a fleet that has done anything has to keep to itself. */
const SECRETS = ['password', 'subscription key', 'encryption key', 'storage key', 'access token', 'refresh token'];

/** How long a host may answer without a look at the table: short, so that it sees what a test puts there. In turns. */
const CACHE_SECONDS = ['1', '0', '1'];

export async function startFleet(azurite: Azurite, table: string): Promise<Fleet> {
  const { connectionString } = azurite;
  const canary = createCanary();
  const description = createDescriptionCheck();
  const client = await openTable({ kind: 'connection-string', connectionString }, table);
  tapTable(client, canary.see); // whenever a test looks at the row, so does the canary
  const store = createAzureTableStore(client, keyRing(ENCRYPTION_KEY));
  const simulator = await startSimulator({ ...credentials, onIssued: canary.keepPair });
  const sent: Sighting[] = [];
  const workers: Worker[] = [];
  let starts = 0;
  const end = async () => {
    await Promise.all(workers.map((worker) => worker.close()));
    await simulator.close();
  };
  const stop = async () => {
    await end();
    await readTable(connectionString, table, canary.see);
    canary.check(SECRETS);
    description.check();
  };
  try {
    for (let number = 0; number < HOSTS; number += 1) {
      const env = (ports: { store: number; upstream: number }) => ({
        ...hostEnv(azurite, simulator),
        AzureWebJobsStorage: atPort(connectionString, 'TableEndpoint', ports.store),
        QUARTILE_BASE_URL: simulator.baseUrl.replace(/:\d+/, `:${ports.upstream}`),
        TOKEN_TABLE: table,
        CACHE_SECONDS: CACHE_SECONDS[(starts += 1) % CACHE_SECONDS.length] ?? '1',
        FORCED_REFRESH_COOLDOWN_SECONDS: '0', // one rotation follows another here
      });
      const upstreamPort = Number(new URL(simulator.url).port);
      const onSent = (sighting: Sighting) => sent.push(sighting);
      workers.push(
        await startWorker({ number, storePort: azurite.tablePort, upstreamPort, env, onSent, canary, description }),
      );
    }
    const firstToken = async () => {
      const answer = await fetch(`${workers[0]?.living()?.url}/api/token`);
      if (!answer.ok) throw new Error(`The first login failed (${answer.status}): ${workers[0]?.living()?.output()}`);
    };
    return { workers, simulator, store, sent, firstToken, stop };
  } catch (error) {
    await end();
    throw error;
  }
}

/** Catches the first worker that comes to the step; the others go on. */
export function catchWorker({ workers }: Fleet, { side, at, matches }: Step): Promise<Caught> {
  return new Promise((resolve) => {
    for (const worker of workers) {
      const onCaught = (held: HeldRequest) => {
        for (const other of workers) other.proxies[side].disarm();
        resolve({ worker, held });
      };
      worker.proxies[side].arm({ at, matches, onCaught });
    }
  });
}

/** Does the same to all hosts' ways to the table, or to Quartile. */
export async function setModes({ workers }: Fleet, side: 'store' | 'upstream', mode: ProxyMode): Promise<void> {
  await Promise.all(workers.map(({ proxies }) => proxies[side].setMode(mode)));
}

function atPort(connectionString: string, endpoint: string, port: number): string {
  return connectionString.replace(new RegExp(`(${endpoint}=http://[^:]+):\\d+`), `$1:${port}`);
}
