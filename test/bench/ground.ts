/** What a measurement runs on: an Azurite, a simulator, and hosts over folders with apps. */
import { mkdtempSync, rmSync } from 'node:fs';
import { copyFile, mkdir, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { fileURLToPath } from 'node:url';
import { build, stop as stopEsbuild } from 'esbuild';
import { type Azurite, startAzurite } from '../../src/local/azurite.ts';
import { bundleOptions, projectDir } from '../../src/local/bundle.ts';
import { type HostProcess, startHost } from '../../src/local/host-process.ts';
import { type Simulator, startSimulator } from '../../src/local/simulator/simulator.ts';
import { startProxy } from '../chaos/proxy.ts';
import { credentials } from '../e2e/credentials.ts';
import { hostEnv } from '../e2e/stack.ts';

/** How long Quartile takes if callers are timed during a rotation. */
export const UPSTREAM_MS = 1_500;

/** As in Azure: the settings are checked against it. A scheduled run during a measurement is rare, and does nothing. */
const DEFAULT_SCHEDULE = '0 */30 * * * *';

/**
 * `built`: the app as it is deployed. `bench`: the same, with the functions that it is compared to. `hello`: the smallest
 * app. `mapped`: ours again, with a source map.
 */
export type AppName = 'built' | 'bench' | 'hello' | 'mapped';

export type HostSetup = {
  readonly settings?: Record<string, string>;
  /** Receives what the host writes. It is read in any case, as the real host does. */
  readonly onOutput?: (text: string) => void;
};

export type Ground = {
  readonly azurite: Azurite;
  readonly simulator: Simulator;
  /** The temporary folder of this ground. */
  readonly folder: string;
  /** @param app an app of the bench, or the folder of another one */
  readonly startHost: (app: AppName | { readonly folder: string }, setup?: HostSetup) => Promise<HostProcess>;
};

/** Runs a measurement on a ground of its own, and stops every process that it started. */
export async function onGround<T>(measure: (ground: Ground) => Promise<T>): Promise<T> {
  const folder = mkdtempSync(path.join(tmpdir(), 'bench-'));
  const remove = () => rmSync(folder, { recursive: true, force: true });
  process.once('exit', remove); // the bench may be told to end at any time
  const azurite = await startAzurite();
  const simulator = await startSimulator(credentials);
  const apps: Record<AppName, string> = { built: projectDir, ...(await makeApps(folder)) };
  const hosts: HostProcess[] = [];
  try {
    return await measure({
      azurite,
      simulator,
      folder,
      async startHost(app, { settings = {}, onOutput = () => undefined } = {}) {
        const env = { ...hostEnv(azurite, simulator), REFRESH_SCHEDULE: DEFAULT_SCHEDULE, ...settings };
        const dir = typeof app === 'string' ? apps[app] : app.folder;
        const host = await startHost('builtin', { env, port: 0, dir, onOutput });
        hosts.push(host);
        return host;
      },
    });
  } finally {
    await Promise.all(hosts.map((host) => host.stop()));
    await simulator.close();
    await azurite.stop();
    process.off('exit', remove);
    remove();
  }
}

/** Bundles the apps before any clock starts. */
async function makeApps(root: string): Promise<Record<Exclude<AppName, 'built'>, string>> {
  const bundle = async (name: string, entry: string, options = {}) => {
    const folder = path.join(root, name);
    await build({ ...bundleOptions, ...options, entryPoints: [entry], outfile: path.join(folder, 'index.cjs') });
    return makeFolder(folder, 'index.cjs');
  };
  const hello = await bundle('hello', sourceOf('apps/hello.ts'));
  const mapped = await bundle('mapped', path.join(projectDir, 'src', 'index.ts'), { sourcemap: 'external' });
  await stopEsbuild();
  const bench = path.join(root, 'bench');
  return { hello, mapped, bench: await makeFolder(bench, path.relative(bench, sourceOf('apps/bench.cjs'))) };
}

async function makeFolder(folder: string, main: string): Promise<string> {
  await mkdir(folder, { recursive: true });
  await writeFile(path.join(folder, 'package.json'), JSON.stringify({ main }));
  await copyFile(path.join(projectDir, 'host.json'), path.join(folder, 'host.json'));
  return folder;
}

function sourceOf(file: string): string {
  return fileURLToPath(new URL(file, import.meta.url));
}

/** Makes the next call to Quartile take `UPSTREAM_MS`. */
export function slowUpstream({ simulator }: Pick<Ground, 'simulator'>): void {
  simulator.addFault({ on: 'any', fault: { kind: 'delay', ms: UPSTREAM_MS } });
}

/** A way to the table that counts the operations. */
export async function startCountedTable({ connectionString, tablePort }: Azurite) {
  let operations: string[] = [];
  const proxy = await startProxy(tablePort, ({ request }) => void operations.push(request.method));
  return {
    connectionString: connectionString.replace(/(TableEndpoint=http:\/\/[^:]+):\d+/, `$1:${proxy.port}`),
    /** The methods of the operations since the last call. */
    takeOperations(): readonly string[] {
      const taken = operations;
      operations = [];
      return taken;
    },
    close: () => proxy.close(),
  };
}
