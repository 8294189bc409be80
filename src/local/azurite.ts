import { createRequire } from 'node:module';
import { setTimeout as delay } from 'node:timers/promises';
import { type OwnedProcess, startProcess } from './child-process.ts';
import { findFreePorts, isListening } from './ports.ts';

/** Azurite's usual ports, the ones that `UseDevelopmentStorage=true` means. */
const USUAL_PORTS = [10_000, 10_001, 10_002] as const;

/** The account and key that Azurite and every storage library know: no secret. */
const ACCOUNT = 'devstoreaccount1';
const ACCOUNT_KEY = 'Eby8vdM02xNOcqFlqUwJPLlmEtlCDXJ1OUzFT50uSRZ6IFsuFq2UVErCz4I6tq/K1SZFPTOtr/KBHBeksoGMGw==';

const START_PATIENCE_MS = 60_000;
const POLL_MS = 50;

export type Azurite = OwnedProcess & { readonly connectionString: string; readonly tablePort: number };

/** Whether an Azurite table service answers on this port. */
export async function isAzuriteTable(port: number): Promise<boolean> {
  try {
    const answer = await fetch(`http://127.0.0.1:${port}/`, { signal: AbortSignal.timeout(2_000) });
    return answer.headers.get('server')?.startsWith('Azurite-Table') ?? false;
  } catch {
    return false; // nothing listens there, or it does not speak HTTP
  }
}

/** The usual ports where all of them are free, else others. */
export async function chooseAzuritePorts(): Promise<readonly number[]> {
  const taken = await Promise.all(USUAL_PORTS.map(isListening));
  return taken.includes(true) ? findFreePorts(USUAL_PORTS.length) : USUAL_PORTS;
}

/**
 * Starts the npm package `azurite` and waits until its table service answers.
 *
 * @param ports for blob, queue and table
 * @param dataDir where it keeps its data; in memory where there is none
 * @throws when it ends, or does not answer in time
 */
export async function startAzurite(ports: readonly number[], dataDir?: string): Promise<Azurite> {
  const [blobPort = 0, queuePort = 0, tablePort = 0] = ports;
  const started = await startProcess(
    process.execPath,
    [
      createRequire(import.meta.url).resolve('azurite/dist/src/azurite.js'),
      `--blobPort=${blobPort}`,
      `--queuePort=${queuePort}`,
      `--tablePort=${tablePort}`,
      dataDir === undefined ? '--inMemoryPersistence' : `--location=${dataDir}`,
      '--silent',
      '--disableTelemetry',
      '--skipApiVersionCheck',
    ],
    { stdio: ['ignore', 'ignore', 'pipe'] },
  );
  let complaints = ''; // shown only where it fails: at its end it complains about closing what is closed
  started.process.stderr?.on('data', (chunk) => (complaints += String(chunk)));
  let ended = false;
  void started.exited.then(() => (ended = true));
  const patience = AbortSignal.timeout(START_PATIENCE_MS);
  while (!(await isAzuriteTable(tablePort))) {
    if (ended) throw new Error(`Azurite ended before it was ready. ${complaints}`);
    if (patience.aborted) {
      await started.stop();
      throw new Error(`Azurite did not answer on port ${tablePort}`);
    }
    await delay(POLL_MS);
  }
  return { ...started, tablePort, connectionString: connectionString(blobPort, queuePort, tablePort) };
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
