// All runs of `npm run test:chaos`, in a process of its own: what it prints is searched for secrets.
import { randomInt } from 'node:crypto';
import { judgeRun } from './judge.ts';
import { type Lab, startLab } from './lab.ts';
import { type Options, parseOptions } from './options.ts';
import { createRandom, planKills, planOtherFaults, planRealLeases } from './plan.ts';
import { describeRun, tabulate } from './report.ts';
import { type Run, runScenario, type Scenario } from './scenario.ts';

const parsed = parseOptions(process.argv.slice(2));
process.exitCode = parsed.kind === 'run' ? await runAll(parsed.options) : 1; // main.ts has said what is wrong

/** @returns the exit code */
async function runAll({ seed = randomInt(1_000_000_000), kills, others, realLeases }: Options): Promise<number> {
  print(`Seed ${seed}: ${kills} kills, ${others} other faults, ${realLeases} real leases.`);
  const again = `--kills ${kills} --others ${others} --real-leases ${realLeases} --seed ${seed}`;
  const random = createRandom(seed);
  const plans = [
    planKills(kills, random),
    [...planRealLeases(realLeases, random), ...planOtherFaults(others, random)],
  ].filter((plan) => plan.length > 0);
  const startedAtMs = Date.now();
  const runs: Run[] = [];
  const violations: string[] = [];
  const lab = await startLab();
  try {
    await Promise.all(plans.map((plan) => runPlan(lab, plan, { runs, violations, startedAtMs })));
    print(`\n${tabulate(runs)}`);
    await lab.stop();
    if (violations.length > 0) throw new Error(`${violations.length} violations.`);
    print(
      `Seed ${seed}: ${runs.length} runs in ${minutes(startedAtMs)}, nobody saw what must never be, and no secret was written.`,
    );
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

type Progress = { readonly runs: Run[]; readonly violations: string[]; readonly startedAtMs: number };

/** One run after the other, over hosts of their own. */
async function runPlan(
  lab: Lab,
  plan: readonly Scenario[],
  { runs, violations, startedAtMs }: Progress,
): Promise<void> {
  const fleet = await lab.startFleet();
  if (plan[0]?.state !== 'empty') await fleet.firstToken();
  for (const scenario of plan) {
    const run = await runScenario(fleet, scenario);
    const known = violations.length;
    runs.push(run);
    print(`${minutes(startedAtMs)} ${String(runs.length).padStart(3)} ${describeRun(run)}`);
    for (const wrong of judgeRun(run)) violations.push(`${describeRun(run)}:\n    ${wrong}`);
    for (const violation of violations.slice(known)) print(`VIOLATION ${violation}`);
  }
}

function minutes(startedAtMs: number): string {
  const seconds = Math.round((Date.now() - startedAtMs) / 1000);
  return `${Math.floor(seconds / 60)}:${String(seconds % 60).padStart(2, '0')}`;
}

function print(line: string): void {
  process.stdout.write(`${line}\n`);
}
