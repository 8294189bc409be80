import { type Azurite, startAzurite } from '../../src/local/azurite.ts';
import { type HostProcess, startHost } from '../../src/local/host-process.ts';
import { type Simulator, startSimulator } from '../../src/local/simulator/simulator.ts';
import { credentials } from '../e2e/credentials.ts';
import { hostEnv } from '../e2e/stack.ts';
import { type AppName, makeApps } from './bundled-apps.ts';

/** How long Quartile takes where callers are timed around a rotation. */
export const UPSTREAM_MS = 1_500;

/** What hosts run over: an Azurite, a simulator, and apps in folders, which are made before. */
export type Ground = {
  readonly azurite: Azurite;
  readonly simulator: Simulator;
  readonly startHost: (app: AppName, options?: HostOptions) => Promise<HostProcess>;
  /** Ends every process that was started here. */
  stop(): Promise<void>;
};

type HostOptions = {
  readonly settings?: Record<string, string>;
  /** Told of what the host writes. Somebody reads that in any case, as the real host does. */
  readonly onOutput?: (text: string) => void;
};

export async function startGround(): Promise<Ground> {
  const azurite = await startAzurite();
  const simulator = await startSimulator(credentials);
  const apps = await makeApps();
  const hosts: HostProcess[] = [];
  return {
    azurite,
    simulator,
    async startHost(app, { settings = {}, onOutput = () => undefined } = {}) {
      const env = { ...hostEnv(azurite, simulator), ...settings };
      const host = await startHost('builtin', { env, port: 0, dir: apps.folders[app], onOutput });
      hosts.push(host);
      return host;
    },
    async stop() {
      await Promise.all(hosts.map((host) => host.stop()));
      await simulator.close();
      await azurite.stop();
      apps.remove();
    },
  };
}

/** Makes the next call to Quartile take `UPSTREAM_MS`. */
export function slowUpstream({ simulator }: Pick<Ground, 'simulator'>): void {
  simulator.addFault({ on: 'any', fault: { kind: 'delay', ms: UPSTREAM_MS } });
}

/** Runs something over a ground of its own. */
export async function onGround<T>(run: (ground: Ground) => Promise<T>): Promise<T> {
  const ground = await startGround();
  try {
    return await run(ground);
  } finally {
    await ground.stop();
  }
}
