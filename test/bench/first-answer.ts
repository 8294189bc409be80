/**
 * The time from the start of a process to its first answer, against a hello-world function on the same host: what a caller
 * waits for at a cold start. The row with a valid token is in the table already.
 */
import path from 'node:path';
import type { Bench, Figure } from './figures.ts';
import { median, medianRatio } from './figures.ts';
import { type Ground, onGround } from './ground.ts';

type App = { readonly name: string; readonly app: Parameters<Ground['startHost']>[0]; readonly route: string };
type Start = { readonly readyMs: number; readonly answeredMs: number };

export async function measureFirstAnswer({ rounds, against, progress }: Bench): Promise<readonly Figure[]> {
  const apps: App[] = [
    { name: 'hello-world', app: 'hello', route: 'hello' },
    { name: 'a token', app: 'built', route: 'token' },
  ];
  if (against !== undefined) {
    apps.push({ name: `a token, ${against}`, app: { folder: path.resolve(against) }, route: 'token' });
  }
  return onGround(async (ground) => {
    const starts = apps.map((): Start[] => []);
    for (const app of apps) await startAndAsk(ground, app); // makes the row, and warms up the disk's cache
    for (let round = 0; round < rounds; round += 1) {
      const order = [...apps.keys()];
      for (const index of round % 2 === 0 ? order : order.toReversed()) {
        const app = apps[index];
        if (app) starts[index]?.push(await startAndAsk(ground, app));
      }
      const latest = apps.map(({ name }, index) => `${name} ${starts[index]?.at(-1)?.answeredMs.toFixed(0)} ms`);
      progress(`round ${round + 1}: ${latest.join(', ')}`);
    }
    return toFigures(apps, starts);
  });
}

async function startAndAsk(ground: Ground, { app, route }: App): Promise<Start> {
  const table = typeof app === 'string' ? app : 'other'; // builds may write different rows
  const startedAtMs = performance.now();
  const host = await ground.startHost(app, { settings: { TOKEN_TABLE: table } });
  const readyMs = performance.now() - startedAtMs;
  const answer = await fetch(`${host.url}/api/${route}`);
  await answer.text();
  const answeredMs = performance.now() - startedAtMs;
  await host.stop();
  if (!answer.ok) throw new Error(`The first answer was ${answer.status}`);
  return { readyMs, answeredMs };
}

function toFigures(apps: readonly App[], starts: readonly (readonly Start[])[]): Figure[] {
  const answered = starts.map((all) => all.map(({ answeredMs }) => answeredMs));
  const ready = starts.map((all) => all.map(({ readyMs }) => readyMs));
  const [hello = []] = answered;
  return apps.flatMap(({ name }, index): Figure[] => {
    const [answeredMs = [], readyMs = []] = [answered[index], ready[index]];
    const times: Figure[] = [
      { what: `${name}: process start to first answer`, value: median(answeredMs), unit: 'ms' },
      { what: `${name}: of these, until the host is ready (load)`, value: median(readyMs), unit: 'ms' },
    ];
    if (index === 0) return times;
    const ratio: Figure = {
      what: `${name}: first answer against hello-world`,
      value: medianRatio(answeredMs, hello),
      unit: '×',
      ...(index === 1 ? { goal: { atMost: 1.4 } } : {}),
    };
    return [...times, ratio];
  });
}
