import type { Azurite } from '../../src/local/azurite.ts';
import { type Fleet, startFleet, startTables } from './fleet.ts';

/** One Azurite, and fleets over it, each with a table and a simulator of its own. */
export type Lab = {
  startFleet(): Promise<Fleet>;
  /** Ends every process that was started here. May be called again. */
  stop(): Promise<void>;
};

const EXIT_CODES = { SIGINT: 130, SIGTERM: 143, SIGHUP: 129 } as const;

/** Starts Azurite. Whoever is told to end meanwhile ends what runs here first: a stopped host would never end by itself. */
export async function startLab(): Promise<Lab> {
  const azurite: Azurite = await startTables();
  const fleets: Promise<Fleet>[] = [];
  let stopping: Promise<void> | undefined;
  const stopAll = async () => {
    await Promise.all(fleets.map((fleet) => fleet.then((started) => started.stop()).catch(() => undefined)));
    await azurite.stop();
    for (const signal of Object.keys(EXIT_CODES)) process.off(signal, onSignal);
  };
  const stop = () => (stopping ??= stopAll());
  const onSignal = (signal: keyof typeof EXIT_CODES) => {
    void stop().finally(() => process.exit(EXIT_CODES[signal]));
  };
  for (const signal of Object.keys(EXIT_CODES)) process.on(signal, onSignal);
  return {
    startFleet() {
      const fleet = startFleet(azurite, `chaos${fleets.length + 1}`);
      fleets.push(fleet);
      return fleet;
    },
    stop,
  };
}
