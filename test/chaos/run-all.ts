// All runs of `npm run test:chaos`, in a process of its own: what it prints is searched for secrets.
import { randomInt } from 'node:crypto';
import { judgeRun } from './judge.ts';
import { type Lab, startLab } from './lab.ts';
import { type Options, parseOptions } from './options.ts';
import { createRandom, planKills, planOtherFaults } from './plan.ts';
import { describeRun, tabulate } from './report.ts';
import { type Run, runScenario, type Scenario } from './scenario.ts';

const parsed = parseOptions(process.argv.slice(2));
process.exitCode = parsed.kind === 'run' ? await runAll(parsed.options) : 1; // main.ts has said what is wrong

/** @returns the exit code */
async function runAll({ seed = randomInt(1_000_000_000), kills, others, parallel }: Options): Promise<number> {
  print(`Seed ${seed}: ${kills} kills and ${others} other faults, ${parallel} at a time.`);
  const again = `--kills ${kills} --others ${others} --parallel ${parallel} --seed ${seed}`;
  const random = createRandom(seed);
  const progress = {
    left: [...planKills(kills, random), ...planOtherFaults(others, random)],
    runs: new Array<Run>(),
    violations: new Array<string>(),
    startedAtMs: Date.now(),
  };
  const { runs, violations, startedAtMs } = progress;
  const lab = await startLab();
  try {
    const fleets = Math.min(parallel, progress.left.length);
    await Promise.all(Array.from({ length: fleets }, () => runOverOneFleet(lab, progress)));
    print(`\n${tabulate(runs)}`);
    await lab.stop();
    if (violations.length > 0) throw new Error(`${violations.length} violations.`);
    print(`Seed ${seed}: ${runs.length} runs in ${minutes(startedAtMs)}, no violation, and no secret was written.`);
    return 0;
  } catch (error) {
    const message = error instanceof Error ? error.message : String(error);
    process.stderr.write(`${[...violations, message].join('\n')}\n`);
    process.stderr.write(`Failed, after ${runs.length} runs. Again: npm run test:chaos -- ${again}\n`);
    return 1;
  } finally {
    await lab.stop().catch(() => undefined); // of runs that failed, that is what counts
  }
}

type Progress = {
  /** The runs that are left. */
  readonly left: Scenario[];
  readonly runs: Run[];
  readonly violations: string[];
  readonly startedAtMs: number;
};

/** Takes one run after the other, over hosts of its own. */
async function runOverOneFleet(lab: Lab, { left, runs, violations, startedAtMs }: Progress): Promise<void> {
  let scenario = left.shift();
  const fleet = await lab.startFleet();
  if (scenario?.state !== 'empty') await fleet.firstToken();
  for (; scenario; scenario = left.shift()) {
    const run = await runScenario(fleet, scenario);
    runs.push(run);
    print(`${minutes(startedAtMs)} ${String(runs.length).padStart(3)} ${describeRun(run)}`);
    for (const wrong of judgeRun(run)) {
      violations.push(`${describeRun(run)}:\n    ${wrong}`);
      print(`VIOLATION ${violations.at(-1)}`);
    }
  }
}

function minutes(startedAtMs: number): string {
  const seconds = Math.round((Date.now() - startedAtMs) / 1000);
  return `${Math.floor(seconds / 60)}:${String(seconds % 60).padStart(2, '0')}`;
}

function print(line: string): void {
  process.stdout.write(`${line}\n`);
}
