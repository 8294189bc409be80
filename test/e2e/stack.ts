import { type Azurite, startAzurite } from '../../src/local/azurite.ts';
import { type HostProcess, startHost } from '../../src/local/host-process.ts';
import { findFreePorts } from '../../src/local/ports.ts';
import { type Simulator, startSimulator } from '../../src/local/simulator/simulator.ts';
import { STORE_REQUEST_TIMEOUT_MS } from '../../src/rotation/limits.ts';
import { createAzureTableStore, openTable } from '../../src/store/azure-table.ts';
import type { TokenRow, TokenStore } from '../../src/store/token-store.ts';
import { keyRing, keySetting } from '../fixtures.ts';

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
  stop(): Promise<void>;
};

export type RunningHost = HostProcess & {
  /** All that the host has written so far. */
  output(): string;
  /** `GET /api/token` and what comes after it. */
  getToken(query?: string, headers?: Record<string, string>): Promise<Response>;
  /** `POST /api/token/refresh`: the token of this generation was refused. Text is sent as it is. */
  report(generation: number | string, headers?: Record<string, string>): Promise<Response>;
  /** `GET /api/health`. */
  health(): Promise<Response>;
  /** Runs the timer function now, as the host's administrator. */
  runTimer(): Promise<void>;
};

export type HostSetup = { readonly settings?: Record<string, string>; readonly args?: readonly string[] };

export const credentials = {
  username: 'e2e@example.com',
  password: 'e2e-password-7c1f',
  subscriptionKey: 'e2e-subscription-key-000000000001',
};

/** The id of the key that seals the rows. */
export const ENCRYPTION_KEY = 'e2e';

const hostKind = process.env.E2E_HOST === 'func' ? 'func' : 'builtin';

export async function startStack({ settings = {}, args = [] }: HostSetup = {}): Promise<Stack> {
  const azurite = await startAzurite(await findFreePorts(3));
  const simulator = await startSimulator(credentials);
  const { connectionString } = azurite;
  const store = createAzureTableStore(await openTable({ kind: 'connection-string', connectionString }, 'tokens'), {
    encryptionKeys: keyRing(ENCRYPTION_KEY),
    timeoutMs: STORE_REQUEST_TIMEOUT_MS,
  });
  const hosts: RunningHost[] = [];
  const start = async (more: HostSetup = {}) => {
    const env = { ...hostEnv(azurite, simulator), ...settings, ...more.settings };
    const host = await startRunningHost(env, [...args, ...(more.args ?? [])]);
    hosts.push(host);
    return host;
  };
  const stop = async () => {
    await Promise.all(hosts.map((host) => host.stop()));
    await simulator.close();
    await azurite.stop();
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
    return { azurite, simulator, host: await start(), store, row, changeRow, startHost: start, stop };
  } catch (error) {
    await stop();
    throw error;
  }
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

export function bareEnv(): Record<string, string> {
  const { PATH = '', HOME = '' } = process.env;
  return { PATH, HOME, FUNCTIONS_WORKER_RUNTIME: 'node' };
}

export async function startRunningHost(
  env: Record<string, string>,
  args: readonly string[] = [],
): Promise<RunningHost> {
  const port = hostKind === 'builtin' ? 0 : ((await findFreePorts(1))[0] ?? 0);
  let output = '';
  const host = await startHost(hostKind, { env, port, args, onOutput: (text) => (output += text) });
  return {
    ...host,
    output: () => output,
    getToken: (query = '', headers = {}) => fetch(`${host.url}/api/token${query}`, { headers }),
    report: (generation, headers = {}) =>
      fetch(`${host.url}/api/token/refresh`, {
        method: 'POST',
        headers: { 'content-type': 'application/json', ...headers },
        body: typeof generation === 'string' ? generation : JSON.stringify({ generation }),
      }),
    health: () => fetch(`${host.url}/api/health`),
    async runTimer() {
      const accepted = await fetch(`${host.url}/admin/functions/refreshTokens`, {
        method: 'POST',
        headers: { 'content-type': 'application/json' },
        body: '{"input":""}',
      });
      if (accepted.status !== 202) throw new Error(`The host answered ${accepted.status} to a manual run`);
    },
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
