import { measureColdStart } from './cold-start.ts';
import type { Bench, Figure } from './figure.ts';
import { measureHandler } from './handler.ts';
import { measureIdle } from './idle.ts';
import { measureLoad } from './load.ts';
import { measureMemory } from './memory.ts';
import { measureRotation } from './rotation.ts';
import { measureStampede } from './stampede.ts';
import { measureThroughput } from './throughput.ts';

/** What can be measured, by the names that `--only` takes. */
export const measurements: Readonly<Record<string, (bench: Bench) => Promise<readonly Figure[]>>> = {
  throughput: measureThroughput,
  handler: measureHandler,
  load: measureLoad,
  'cold-start': measureColdStart,
  rotation: measureRotation,
  stampede: measureStampede,
  idle: measureIdle,
  memory: measureMemory,
};

export const measurementNames: readonly string[] = Object.keys(measurements);
