// `npm run soak`: clients that call Quartile while tokens are rotated and revoked, and hosts are killed.
import { runCommand } from '../../src/local/command.ts';
import { withoutLocalProxy } from '../../src/local/local-settings.ts';
import { type Options, parseOptions, USAGE } from './options.ts';
import type { Round } from './rounds.ts';
import { judgeSoak, runSoak } from './soak.ts';

Object.assign(process.env, withoutLocalProxy(process.env)); // axios and the Azure SDK read it there
await runCommand({ name: 'npm run soak', usage: USAGE, parse: parseOptions, run });

async function run(options: Options): Promise<void> {
  print(`${options.clients} clients, 3 hosts, ${options.rotations} rotations.`);
  const soak = await runSoak(options, (round) => print(describe(round)));
  const kills = soak.rounds.filter(({ isKill }) => isKill).length;
  const faults = soak.rounds.filter(({ fault }) => fault !== '-').length;
  print(`
rotations                  ${soak.rotations}, in ${soak.seconds} s
tokens ended               ${soak.rounds.length} times, ${soak.rounds.filter(({ cause }) => cause === 'timer').length} of them in a renewal by the timer
hosts killed               ${kills}; requests to the service that broke: ${soak.broken}
faults of Quartile         ${faults}
business calls             ${soak.calls}, requests sent for them: ${soak.sent}
  first answered 401       ${soak.refused}
  slowest                  ${(soak.slowestMs / 1000).toFixed(1)} s
what callers saw           ${[...soak.outcomes].map(([outcome, count]) => `${count} × ${outcome}`).join(', ')}`);
  const violations = judgeSoak(soak);
  if (violations.length > 0) throw new Error(`Callers saw results that they must never see: ${violations.join(', ')}`);
}

function describe({ generation, cause, fault, isKill, ms }: Round): string {
  const kill = isKill ? ', a host killed' : '';
  return `generation ${String(generation).padStart(3)}  ${cause.padEnd(8)} ${fault.padEnd(12)} ${(ms / 1000).toFixed(1)} s${kill}`;
}

function print(text: string): void {
  process.stdout.write(`${text}\n`);
}
