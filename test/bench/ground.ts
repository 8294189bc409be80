import { rmSync } from 'node:fs';
import { mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { fileURLToPath } from 'node:url';
import { build, stop as stopEsbuild } from 'esbuild';
import { type Azurite, startAzurite } from '../../src/local/azurite.ts';
import { bundleOptions, projectDir } from '../../src/local/bundle.ts';
import { type HostProcess, startHost } from '../../src/local/host-process.ts';
import { findFreePorts } from '../../src/local/ports.ts';
import { type Simulator, startSimulator } from '../../src/local/simulator/simulator.ts';
import { credentials } from '../e2e/credentials.ts';
import { hostEnv } from '../e2e/stack.ts';

/** `built`: the app as it is deployed; `bench`: beside it what it is measured against; `hello`: nothing but a greeting. */
export type AppName = 'built' | 'bench' | 'hello';

/** What hosts run over: an Azurite, a simulator, and apps in folders. */
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

const benchApp = fileURLToPath(new URL('apps/bench.cjs', import.meta.url));
const helloApp = fileURLToPath(new URL('apps/hello.ts', import.meta.url));

export async function startGround(): Promise<Ground> {
  const azurite = await startAzurite(await findFreePorts(3));
  const simulator = await startSimulator(credentials);
  const hosts: HostProcess[] = [];
  const folders: string[] = [];
  const folderOf = async (app: AppName): Promise<string> => {
    if (app === 'built') return projectDir;
    const folder = await makeFolder(app === 'bench' ? benchApp : await bundleHello());
    folders.push(folder);
    return folder;
  };
  return {
    azurite,
    simulator,
    async startHost(app, { settings = {}, onOutput = () => undefined } = {}) {
      const env = { ...hostEnv(azurite, simulator), ...settings };
      const host = await startHost('builtin', { env, port: 0, dir: await folderOf(app), onOutput });
      hosts.push(host);
      return host;
    },
    async stop() {
      await Promise.all(hosts.map((host) => host.stop()));
      await simulator.close();
      await azurite.stop();
      await Promise.all(folders.map((folder) => rm(folder, { recursive: true })));
    },
  };
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

/** The smallest app, bundled as ours is. @returns its file */
export async function bundleHello(): Promise<string> {
  const outfile = path.join(tmpdir(), `bench-hello-${process.pid}.cjs`);
  await build({ ...bundleOptions, entryPoints: [helloApp], outfile });
  await stopEsbuild();
  process.once('exit', () => rmSync(outfile, { force: true }));
  return outfile;
}

async function makeFolder(entryFile: string): Promise<string> {
  const folder = await mkdtemp(path.join(tmpdir(), 'bench-'));
  await writeFile(path.join(folder, 'package.json'), JSON.stringify({ main: path.relative(folder, entryFile) }));
  await writeFile(path.join(folder, 'host.json'), '{"version":"2.0"}');
  return folder;
}
