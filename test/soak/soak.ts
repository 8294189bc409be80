import { startLab } from '../chaos/lab.ts';
import { type Figures, startCrowd } from './crowd.ts';
import { startFront } from './front.ts';
import type { Options } from './options.ts';
import { type Round, runRound } from './rounds.ts';

export type Soak = Figures & {
  readonly rounds: readonly Round[];
  /** How many rotations there were. */
  readonly rotations: number;
  /** Requests to the service that broke with a host. */
  readonly broken: number;
  readonly seconds: number;
};

/** Longer than the 60 s below which the service renews for every caller; short enough to end during the run. */
const ACCESS_LIFE_SECONDS = 75;

/**
 * Runs clients through rotations, faults and killed hosts.
 *
 * @param onRound called after each round
 * @throws if the service has no new token in time
 */
export async function runSoak({ clients, rotations }: Options, onRound: (round: Round) => void): Promise<Soak> {
  const lab = await startLab();
  const startedAtMs = Date.now();
  try {
    const fleet = await lab.startFleet();
    fleet.simulator.changeSettings({ accessLifeSeconds: ACCESS_LIFE_SECONDS });
    await fleet.firstToken();
    const front = await startFront(fleet.workers);
    const crowd = startCrowd(clients, { url: front.url, business: `${fleet.simulator.url}/simulator/live` });
    const rounds: Round[] = [];
    try {
      while ((rounds.at(-1)?.generation ?? 1) <= rotations) {
        const round = await runRound(fleet, rounds.length);
        rounds.push(round);
        // A client that missed a generation may receive one that has ended meanwhile, and repeats only once.
        await crowd.allServed();
        onRound(round);
      }
    } finally {
      await crowd.stop();
      await front.close();
    }
    const seconds = Math.round((Date.now() - startedAtMs) / 1000);
    const generation = rounds.at(-1)?.generation ?? 1;
    return { ...crowd.figures, rounds, rotations: generation - 1, broken: front.broken(), seconds };
  } finally {
    await lab.stop();
  }
}

/** Finds calls without a good answer. @returns one line for each kind of failure */
export function judgeSoak({ outcomes }: Pick<Soak, 'outcomes'>): string[] {
  return [...outcomes].filter(([outcome]) => outcome !== '200').map(([outcome, count]) => `${count} × ${outcome}`);
}
