import { describe, it } from 'node:test';
import { type Bounds, explore, type Scene } from './exhaustive.ts';

/** For a longer look: MODEL_SWITCHES=99 (all of them: over a million schedules). */
const SWITCHES = Number(process.env.MODEL_SWITCHES ?? 3);

/** Two bounds: any interleaving of two workers with one fault; and slow requests, during which heartbeats are sent. */
const bounds: readonly [what: string, bounds: Bounds][] = [
  [`one fault anywhere, up to ${SWITCHES} switches`, { switches: SWITCHES, faults: 1, pauses: 0 }],
  ['one fault anywhere, while heartbeats are sent', { switches: 1, faults: 1, pauses: 2 }],
];

/** Tests every schedule of two workers. One scene per file, so that they run at the same time. */
export function testScene(scene: Scene): void {
  describe(`the model, every schedule: ${scene.jobs.join(' and ')} on a row that is ${scene.start}`, () => {
    for (const [what, bound] of bounds) {
      it(`holds: ${what}`, async (test) => {
        const steps: string[] = [];
        try {
          const { schedules, moves } = await explore(scene, bound, steps);
          test.diagnostic(`${schedules} schedules, ${moves} moves`);
        } catch (error) {
          throw new Error(`${String(error)}\n  ${steps.join('\n  ')}`, { cause: error });
        }
      });
    }
  });
}
