/** The real parts together: the built bundle in host processes, Azurite, and the simulator over HTTP. */
import { type Azurite, startAzurite } from '../../src/local/azurite.ts';
import { renderRequest, type Simulator, startSimulator } from '../../src/local/simulator/simulator.ts';
import { createAzureTableStore, openTable } from '../../src/store/azure-table.ts';
import type { TokenRow, TokenStore } from '../../src/store/token-store.ts';
import { type Canary, createCanary } from '../canary/canary.ts';
import { readTables, tapTable } from '../canary/sources.ts';
import { keyRing, keySetting } from '../fixtures.ts';
import { credentials, ENCRYPTION_KEY } from './credentials.ts';
import { createDescriptionCheck } from './description-check.ts';
import { bareEnv, type RunningHost, startWatchedHost } from './running-host.ts';

export type Stack = {
  readonly azurite: Azurite;
  readonly simulator: Simulator;
  readonly host: RunningHost;
  readonly store: TokenStore;
  /** The row in the table. */
  row(): Promise<TokenRow | undefined>;
  /** Changes the row in the table. @returns the new row */
  changeRow(changes: (row: TokenRow) => Partial<TokenRow>): Promise<TokenRow>;
  /** Starts another host over the same table and simulator. */
  startHost(options?: HostSetup): Promise<RunningHost>;
  /** Declares a secret of the test's own. It may not appear anywhere. */
  keepSecret(kind: string, value: string): void;
  /**
   * Stops everything, and checks what was written, answered and stored.
   *
   * @throws {LeakError} if a secret is where it must not be
   */
  stop(): Promise<void>;
};

export type HostSetup = { readonly settings?: Record<string, string>; readonly args?: readonly string[] };

/** The kinds of secrets that every stack has. */
const SECRETS = ['password', 'subscription key', 'encryption key', 'storage key'];

/** Starts Azurite, the simulator and one host. */
export async function startStack({ settings = {}, args = [] }: HostSetup = {}): Promise<Stack> {
  const canary = createCanary();
  const description = createDescriptionCheck();
  const azurite = readBeforeStop(await startAzurite(), canary.see);
  const simulator = await startSimulator({
    ...credentials,
    onIssued: canary.keepPair,
    onRequest: (entry) => canary.see('the log of the simulator', renderRequest(entry)),
  });
  const { connectionString } = azurite;
  const table = await openTable({ kind: 'connection-string', connectionString }, 'tokens');
  tapTable(table, canary.see); // the canary sees every row that a test reads
  const store = createAzureTableStore(table, keyRing(ENCRYPTION_KEY));
  const hosts: RunningHost[] = [];
  const start = async (more: HostSetup = {}) => {
    const env = { ...hostEnv(azurite, simulator), ...settings, ...more.settings };
    const host = await startWatchedHost(env, [...args, ...(more.args ?? [])], { canary, description });
    hosts.push(host);
    return host;
  };
  const end = async () => {
    await Promise.all(hosts.map((host) => host.stop()));
    await simulator.close();
    await azurite.stop();
  };
  const stop = async () => {
    await end();
    const { logins, refreshes } = simulator.stats();
    canary.check(logins + refreshes > 0 ? [...SECRETS, 'access token', 'refresh token'] : SECRETS);
    description.check();
  };
  try {
    const row = async () => (await store.read('default'))?.row;
    const changeRow: Stack['changeRow'] = async (changes) => {
      const found = await store.read('default');
      if (!found) throw new Error('There is no row to change');
      const changed = { ...found.row, ...changes(found.row) };
      const write = await store.write(changed, found.etag);
      if (write.result !== 'written') throw new Error(`The row was not changed: ${write.result}`);
      return changed;
    };
    const keepSecret: Stack['keepSecret'] = (kind, value) => canary.keep({ kind, value });
    return { azurite, simulator, host: await start(), store, row, changeRow, startHost: start, keepSecret, stop };
  } catch (error) {
    await end();
    throw error;
  }
}

/** An Azurite that passes on all its tables right before it stops. */
function readBeforeStop(azurite: Azurite, see: Canary['see']): Azurite {
  const { connectionString, process } = azurite;
  const stop = async () => {
    try {
      if (process.exitCode === null && process.signalCode === null) await readTables(connectionString, see);
    } finally {
      await azurite.stop();
    }
  };
  return { ...azurite, stop };
}

/** The settings of an app over these parts, and what a process needs to run. */
export function hostEnv(azurite: Azurite, simulator: Simulator): Record<string, string> {
  return {
    ...bareEnv(),
    AzureWebJobsStorage: azurite.connectionString,
    TOKEN_ENCRYPTION_KEYS: keySetting(ENCRYPTION_KEY),
    QUARTILE_BASE_URL: simulator.baseUrl,
    QUARTILE_USERNAME: credentials.username,
    QUARTILE_PASSWORD: credentials.password,
    QUARTILE_SUBSCRIPTION_KEY: credentials.subscriptionKey,
    REFRESH_SCHEDULE: '0 0 0 1 1 *', // only tests run the timer
  };
}

/** Polls a condition until it is true, for a minute at most. */
export async function until(condition: () => boolean | Promise<boolean>): Promise<void> {
  const patience = AbortSignal.timeout(60_000);
  while (!(await condition())) {
    if (patience.aborted) throw new Error(`It never came true: ${condition.toString()}`);
    await new Promise((resolve) => setTimeout(resolve, 20));
  }
}
