import { startAzurite } from '../../src/local/azurite.ts';
import { type Fleet, startFleet } from './fleet.ts';

/** One Azurite, and fleets over it, each with a table and a simulator of its own. */
export type Lab = {
  startFleet(): Promise<Fleet>;
  /**
   * Ends every process that was started here. May be called again.
   *
   * @throws {LeakError} when a fleet has written a secret where it must not be
   */
  stop(): Promise<void>;
};

const EXIT_CODES = { SIGINT: 130, SIGTERM: 143, SIGHUP: 129 } as const;

/** Starts Azurite. Whoever is told to end meanwhile ends what runs here first: a stopped host would never end by itself. */
export async function startLab(): Promise<Lab> {
  const azurite = await startAzurite();
  const fleets: Promise<Fleet>[] = [];
  let stopping: Promise<void> | undefined;
  const stopAll = async () => {
    const started = await Promise.allSettled(fleets); // whoever asked for one that did not start has been told
    const stopped = await Promise.allSettled(
      started.map(async (fleet) => fleet.status === 'fulfilled' && fleet.value.stop()),
    );
    await azurite.stop();
    for (const signal of Object.keys(EXIT_CODES)) process.off(signal, onSignal);
    for (const fleet of stopped) if (fleet.status === 'rejected') throw fleet.reason;
  };
  const stop = () => (stopping ??= stopAll());
  const onSignal = (signal: keyof typeof EXIT_CODES) => {
    const exit = () => process.exit(EXIT_CODES[signal]);
    void stop().then(exit, exit);
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
