import { type Azurite, startAzurite } from '../../src/local/azurite.ts';
import { renderRequest, type Simulator, startSimulator } from '../../src/local/simulator/simulator.ts';
import { createAzureTableStore, openTable } from '../../src/store/azure-table.ts';
import type { TokenRow, TokenStore } from '../../src/store/token-store.ts';
import { createDescriptionCheck } from './description-check.ts';
import { type Canary, createCanary } from '../canary/canary.ts';
import { readTables, tapTable } from '../canary/sources.ts';
import { keyRing, keySetting } from '../fixtures.ts';
import { credentials, ENCRYPTION_KEY } from './credentials.ts';
import { bareEnv, type RunningHost, startWatchedHost } from './running-host.ts';

/** The real thing: the built bundle in a host process, a real Azurite, and the simulator over HTTP. */
export type Stack = {
  readonly azurite: Azurite;
  readonly simulator: Simulator;
  readonly host: RunningHost;
  readonly store: TokenStore;
  /** The row in the table. */
  row(): Promise<TokenRow | undefined>;
  /** Changes the row in the table by hand. Returns it as it stands then. */
  changeRow(changes: (row: TokenRow) => Partial<TokenRow>): Promise<TokenRow>;
  /** Starts a further host over the same table and simulator. */
  startHost(options?: HostSetup): Promise<RunningHost>;
  /** A secret of the test's own: nobody may show it, from the beginning on. */
  keepSecret(kind: string, value: string): void;
  /**
   * Ends all of it, and searches.
   *
   * @throws {LeakError} when a secret was written where it must not be
   */
  stop(): Promise<void>;
};

export type HostSetup = { readonly settings?: Record<string, string>; readonly args?: readonly string[] };

/** The secrets that every stack has, whatever its tests do. */
const SECRETS = ['password', 'subscription key', 'encryption key', 'storage key'];

/** Starts all of it. Whatever is written, answered and stored until `stop` is searched for every secret there was. */
export async function startStack({ settings = {}, args = [] }: HostSetup = {}): Promise<Stack> {
  const canary = createCanary();
  const description = createDescriptionCheck();
  const azurite = tellBeforeItEnds(await startAzurite(), canary.see);
  const simulator = await startSimulator({
    ...credentials,
    onIssued: canary.keepPair,
    onRequest: (entry) => canary.see('the log of the simulator', renderRequest(entry)),
  });
  const { connectionString } = azurite;
  const table = await openTable({ kind: 'connection-string', connectionString }, 'tokens');
  tapTable(table, canary.see); // whenever a test looks at the row, so does the canary
  const store = createAzureTableStore(table, keyRing(ENCRYPTION_KEY));
  const hosts: RunningHost[] = [];
  const start = async (more: HostSetup = {}) => {
    const env = { ...hostEnv(azurite, simulator), ...settings, ...more.settings };
    const host = await startWatchedHost({ env, args: [...args, ...(more.args ?? [])], canary, description });
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

/** An Azurite whose tables are told right before it ends, whoever ends it. */
function tellBeforeItEnds(azurite: Azurite, tell: Canary['see']): Azurite {
  const { connectionString, process } = azurite;
  const stop = async () => {
    try {
      if (process.exitCode === null && process.signalCode === null) await readTables(connectionString, tell);
    } finally {
      await azurite.stop();
    }
  };
  return { ...azurite, stop };
}

/** What an app over this stack is told; beside it only what a process needs to run. */
export function hostEnv(azurite: Azurite, simulator: Simulator): Record<string, string> {
  return {
    ...bareEnv(),
    AzureWebJobsStorage: azurite.connectionString,
    TOKEN_ENCRYPTION_KEYS: keySetting(ENCRYPTION_KEY),
    QUARTILE_BASE_URL: simulator.baseUrl,
    QUARTILE_USERNAME: credentials.username,
    QUARTILE_PASSWORD: credentials.password,
    QUARTILE_SUBSCRIPTION_KEY: credentials.subscriptionKey,
    REFRESH_SCHEDULE: '0 0 0 1 1 *', // the timer runs when a test says so
  };
}

/** Waits until something is so, asking again and again, for a minute at most. */
export async function until(condition: () => boolean | Promise<boolean>): Promise<void> {
  const patience = AbortSignal.timeout(60_000);
  while (!(await condition())) {
    if (patience.aborted) throw new Error(`It never came true: ${condition.toString()}`);
    await new Promise((resolve) => setTimeout(resolve, 20));
  }
}
