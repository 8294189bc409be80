/** Azurite, the local stand-in for Azure Storage: starts the npm package as a process. */
import assert from 'node:assert/strict';
import { createRequire } from 'node:module';
import { createInterface } from 'node:readline';
import type { Readable } from 'node:stream';
import { text } from 'node:stream/consumers';
import { type OwnedProcess, startProcess } from './child-process.ts';
import { isListening } from './ports.ts';

/** Azurite's usual ports for blob, queue and table: the ones that `UseDevelopmentStorage=true` means. */
const USUAL_PORTS = [10_000, 10_001, 10_002] as const;
export const USUAL_TABLE_PORT = USUAL_PORTS[2];

/** The account and key that Azurite and every storage library know: no secret. */
const ACCOUNT = 'devstoreaccount1';
const ACCOUNT_KEY = 'Eby8vdM02xNOcqFlqUwJPLlmEtlCDXJ1OUzFT50uSRZ6IFsuFq2UVErCz4I6tq/K1SZFPTOtr/KBHBeksoGMGw==';

/** Azurite chooses free ports and reports them. */
const ANY_PORTS = [0, 0, 0] as const;

const START_TIMEOUT_MS = 60_000;

export type Azurite = OwnedProcess & { readonly connectionString: string; readonly tablePort: number };

/** Whether an Azurite table service answers on this port. */
export async function isAzuriteTable(port: number): Promise<boolean> {
  try {
    const response = await fetch(`http://127.0.0.1:${port}/`, { signal: AbortSignal.timeout(2_000) });
    return response.headers.get('server')?.startsWith('Azurite-Table') ?? false;
  } catch {
    return false; // nothing listens there, or it does not speak HTTP
  }
}

/** The usual ports if all of them are free, else any. */
export async function chooseAzuritePorts(): Promise<readonly number[]> {
  const taken = await Promise.all(USUAL_PORTS.map(isListening));
  return taken.includes(true) ? ANY_PORTS : USUAL_PORTS;
}

export type AzuriteOptions = {
  /** For blob, queue and table. Default: any free ones. */
  readonly ports?: readonly number[];
  /** The folder for its data. Default: in memory. */
  readonly dataDir?: string | undefined;
};

/**
 * Starts Azurite and waits until all its services listen. It ends with this process, however that ends, but not by a
 * Ctrl-C: the terminal would signal it at once, while others still need it.
 *
 * @throws when it ends before, or takes too long
 */
export async function startAzurite({ ports = ANY_PORTS, dataDir }: AzuriteOptions = {}): Promise<Azurite> {
  const [blobPort = 0, queuePort = 0, tablePort = 0] = ports;
  const started = await startProcess(
    process.execPath,
    [
      '--import',
      new URL('end-with-starter.ts', import.meta.url).href,
      createRequire(import.meta.url).resolve('azurite/dist/src/azurite.js'),
      `--blobPort=${blobPort}`,
      `--queuePort=${queuePort}`,
      `--tablePort=${tablePort}`,
      dataDir === undefined ? '--inMemoryPersistence' : `--location=${dataDir}`,
      '--silent',
      '--disableTelemetry',
      '--skipApiVersionCheck',
    ],
    // A process group of its own keeps the terminal's signals away. Windows has none.
    { stdio: ['ignore', 'pipe', 'pipe', 'ipc'], detached: process.platform !== 'win32' },
  );
  const { stdout, stderr } = started.process;
  assert.ok(stdout && stderr);
  const errors = text(stderr); // shown only if the start fails: at its end Azurite reports errors of its own
  const [blob, queue, table] = await readPorts(stdout);
  if (blob === undefined || queue === undefined || table === undefined) {
    await started.stop();
    throw new Error(`Azurite does not start. ${await errors}`);
  }
  return { ...started, tablePort: table, connectionString: connectionString(blob, queue, table) };
}

/** The ports that Azurite reports, in the order of its services. A connection would not prove that it is Azurite. */
async function readPorts(stdout: Readable): Promise<number[]> {
  const ports: number[] = [];
  for await (const line of createInterface({ input: stdout, signal: AbortSignal.timeout(START_TIMEOUT_MS) })) {
    const [, port] = / is successfully listening at .*:(\d+)$/.exec(line) ?? [];
    if (port !== undefined) ports.push(Number(port));
    if (ports.length === ANY_PORTS.length) break;
  }
  stdout.resume(); // read and ignore the rest
  return ports;
}

function connectionString(blobPort: number, queuePort: number, tablePort: number): string {
  const endpoint = (port: number) => `http://127.0.0.1:${port}/${ACCOUNT}`;
  return [
    'DefaultEndpointsProtocol=http',
    `AccountName=${ACCOUNT}`,
    `AccountKey=${ACCOUNT_KEY}`,
    `BlobEndpoint=${endpoint(blobPort)}`,
    `QueueEndpoint=${endpoint(queuePort)}`,
    `TableEndpoint=${endpoint(tablePort)}`,
  ].join(';');
}
