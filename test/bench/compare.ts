/**
 * This project's row of the comparison table: three processes of the built-in host over one Azurite, and an upstream that
 * refuses a spent refresh token and counts the attempt as a replay. Each scenario has a stack of its own.
 */
import { setTimeout as delay } from 'node:timers/promises';
import { HOUR_MS } from '../fixtures.ts';
import { startProxy } from '../chaos/proxy.ts';
import { readWrite } from '../chaos/requests.ts';
import { letTokenEnd } from '../e2e/ending-token.ts';
import type { RunningHost } from '../e2e/running-host.ts';
import { type Stack, startStack, until } from '../e2e/stack.ts';

const CALLERS = 200;
const LIFE_MS = 12 * HOUR_MS;

/** The worst case: a caller gives up after this long. */
const PATIENCE_MS = 180_000;

type Scene = { readonly stack: Stack; readonly hosts: readonly RunningHost[] };
type Scenario = { readonly heading: string; readonly run: (scene: Scene) => Promise<string> };

const scenarios: readonly Scenario[] = [
  { heading: `${CALLERS} callers at expiry`, run: callAtExpiry },
  { heading: 'refresh answer lost', run: loseAnswer },
  { heading: 'killed during a refresh', run: killDuringRefresh },
  { heading: 'live token, upstream down', run: callWhileUpstreamIsDown },
  { heading: 'one save fails', run: failOneSave },
];

/** Runs all scenarios. @returns the heading and the row, in Markdown */
export async function compare(progress: (line: string) => void): Promise<string> {
  const cells: string[] = [];
  for (const { heading, run } of scenarios) {
    const cell = await onStack(run);
    progress(`${heading}: ${cell}`);
    cells.push(cell);
  }
  const headings = scenarios.map(({ heading }) => heading);
  const line = (first: string, rest: readonly string[]) => `| ${[first, ...rest].join(' | ')} |`;
  const rule = headings.map(() => '---');
  return ['', line('', headings), line('---', rule), line('this project', cells)].join('\n');
}

async function onStack(run: Scenario['run']): Promise<string> {
  const stack = await startStack();
  try {
    const hosts = [stack.host, await stack.startHost(), await stack.startHost()];
    await Promise.all(hosts.map((host) => host.getToken()));
    return await run({ stack, hosts });
  } finally {
    await stack.stop();
  }
}

async function callAtExpiry({ stack, hosts }: Scene): Promise<string> {
  await expire(stack, hosts);
  const count = countFrom(stack);
  const calls = Array.from({ length: CALLERS }, async (_, index) => (await hostOf(hosts, index).getToken()).status);
  const served = (await Promise.all(calls)).filter((status) => status === 200).length;
  const { refreshes, logins, replays } = count();
  const all = served === CALLERS ? 'all served' : `${served} of ${CALLERS} served`;
  return `${plural(refreshes, 'refresh')}${logins ? `, ${plural(logins, 'login')}` : ''}, ${all}${asReplays(replays)}`;
}

async function loseAnswer({ stack, hosts }: Scene): Promise<string> {
  await expire(stack, hosts);
  const count = countFrom(stack);
  stack.simulator.addFault({ on: 'refresh', fault: { kind: 'disconnect', processed: true } });
  const ms = await waitForToken(hosts);
  const { logins, replays } = count();
  return `${logins === 1 ? 'login' : 'token'} after ${toSeconds(ms)}, ${plural(replays, 'replay')}`;
}

async function killDuringRefresh({ stack, hosts }: Scene): Promise<string> {
  await expire(stack, hosts);
  const count = countFrom(stack);
  stack.simulator.addFault({ on: 'refresh', fault: { kind: 'hold', processed: true } });
  const [victim, ...others] = hosts;
  if (victim === undefined) throw new Error('There is no host to kill');
  const broken = victim.getToken().catch(() => undefined);
  await until(() => stack.simulator.stats().held === 1);
  victim.process.kill('SIGKILL');
  const ms = await waitForToken(others);
  stack.simulator.release();
  await broken;
  return `${toSeconds(ms)}${asReplays(count().replays)}`;
}

/** Callers of a token that is due, and of one in its last minute. */
async function callWhileUpstreamIsDown({ stack, hosts }: Scene): Promise<string> {
  stack.simulator.addFault({ on: 'any', times: null, fault: { kind: 'disconnect', processed: false } });
  let [calls, served] = [0, 0];
  for (const [leftMs, count] of [
    [HOUR_MS / 2, 90],
    [40_000, 20],
  ] as const) {
    await setEnd(stack, Date.now() + leftMs);
    await until(async () => (await Promise.all(hosts.map(endKnownTo))).every((end) => end <= Date.now() + leftMs));
    await hostOf(hosts, 0).runTimer(); // it fails
    const answers = Array.from({ length: count }, async (_, index) => (await hostOf(hosts, index).getToken()).status);
    calls += count;
    served += (await Promise.all(answers)).filter((status) => status === 200).length;
  }
  return `${served} of ${calls} served`;
}

/** The first save of the new pair fails: its connection breaks before the table receives it. */
async function failOneSave({ stack }: Scene): Promise<string> {
  const { connectionString, tablePort } = stack.azurite;
  const proxy = await startProxy(tablePort, () => undefined);
  try {
    const table = connectionString.replace(/(TableEndpoint=http:\/\/[^:]+):\d+/, `$1:${proxy.port}`);
    const hosts: RunningHost[] = [];
    while (hosts.length < 3) hosts.push(await stack.startHost({ settings: { AzureWebJobsStorage: table } }));
    await expire(stack, hosts);
    const count = countFrom(stack);
    let isCaught = false;
    proxy.arm({
      at: 'before',
      matches: (request) => readWrite(request)?.kind === 'save',
      onCaught(held) {
        isCaught = true;
        held.drop();
      },
    });
    const ms = await waitForToken(hosts);
    if (!isCaught) throw new Error('No save failed');
    const { refreshes, logins, replays } = count();
    const isKept = refreshes === 1 && logins === 0;
    return `pair ${isKept ? 'kept' : 'lost'}, ${toSeconds(ms)}${asReplays(replays)}`;
  } finally {
    await proxy.close();
  }
}

/** Waits until the token has expired, which every host knows. */
async function expire(stack: Stack, hosts: readonly RunningHost[]): Promise<void> {
  await letTokenEnd(
    (endsAtMs) => setEnd(stack, endsAtMs),
    hosts.map((host) => () => endKnownTo(host)),
    10_000, // a host may answer from memory for 5 s
  );
}

/** Gives the token in the table this end, and a start such that it has had the usual life. */
function setEnd(stack: Stack, accessExpiresAtMs: number) {
  return stack.changeRow(({ tokens }) => {
    if (tokens.state !== 'held') throw new Error('There is no token');
    const set = { ...tokens.set, accessExpiresAtMs };
    return { tokens: { state: 'held', set }, refreshedAtMs: accessExpiresAtMs - LIFE_MS };
  });
}

async function endKnownTo(host: RunningHost): Promise<number> {
  const body: unknown = await (await host.getToken('?min_ttl=0')).json();
  const hasEnd = typeof body === 'object' && body !== null && 'expires_at' in body;
  return hasEnd ? Date.parse(String(body.expires_at)) : Number.NaN;
}

/** Asks every host until it has a token. @returns the ms until all have */
async function waitForToken(hosts: readonly RunningHost[]): Promise<number> {
  const startedAtMs = performance.now();
  await Promise.all(
    hosts.map(async (host) => {
      while ((await host.getToken()).status !== 200) {
        if (performance.now() - startedAtMs > PATIENCE_MS) throw new Error('A host did not recover');
        await delay(100);
      }
    }),
  );
  return performance.now() - startedAtMs;
}

/** @returns what has reached the upstream since */
function countFrom({ simulator }: Stack) {
  const before = simulator.stats();
  return () => {
    const { requests, refused } = simulator.stats();
    return {
      logins: requests.login - before.requests.login,
      refreshes: requests.refresh - before.requests.refresh,
      replays: refused.spentRefreshToken - before.refused.spentRefreshToken,
    };
  };
}

function hostOf(hosts: readonly RunningHost[], index: number): RunningHost {
  const host = hosts[index % hosts.length];
  if (host === undefined) throw new Error('There is no host');
  return host;
}

function plural(count: number, what: string): string {
  if (count === 1) return `1 ${what}`;
  return `${count} ${what.endsWith('sh') ? `${what}es` : `${what}s`}`;
}

function asReplays(replays: number): string {
  return replays === 0 ? '' : `, ${plural(replays, 'replay')}`;
}

function toSeconds(ms: number): string {
  return `${(ms / 1000).toFixed(1)} s`;
}
