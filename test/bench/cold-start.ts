/** From a process that does not exist yet to its first answer. The row with a live token stands in the table already. */
import type { AppName } from './bundled-apps.ts';
import type { Bench, Figure } from './figure.ts';
import { type Ground, onGround } from './ground.ts';
import { median, medianRatio } from './statistics.ts';

type Start = { readonly firstAnswerMs: number; readonly sinceStartMs: number };

export async function measureColdStart({ rounds, progress }: Bench): Promise<readonly Figure[]> {
  return onGround(async (ground) => {
    await startAndAsk(ground, 'built', 'token'); // the row, and the disk's cache
    await startAndAsk(ground, 'hello', 'hello');
    const tokens: Start[] = [];
    const greetings: Start[] = [];
    const askForToken = async () => tokens.push(await startAndAsk(ground, 'built', 'token'));
    const greet = async () => greetings.push(await startAndAsk(ground, 'hello', 'hello'));
    for (let round = 1; round <= rounds; round += 1) {
      const pair = [greet, askForToken];
      for (const start of round % 2 === 0 ? pair.toReversed() : pair) await start();
      const [token, greeting] = [tokens.at(-1), greetings.at(-1)];
      progress(
        `round ${round}: token ${token?.firstAnswerMs.toFixed(0)}, hello ${greeting?.firstAnswerMs.toFixed(0)} ms`,
      );
    }
    const first = (starts: readonly Start[]) => starts.map(({ firstAnswerMs }) => firstAnswerMs);
    const all = (starts: readonly Start[]) => starts.map(({ sinceStartMs }) => sinceStartMs);
    return [
      { what: 'first token, once the host is ready', value: median(first(tokens)), unit: 'ms' },
      { what: "hello-world's first answer, alike", value: median(first(greetings)), unit: 'ms' },
      { what: 'first token, since the process was started', value: median(all(tokens)), unit: 'ms' },
      { what: "hello-world's first answer, alike", value: median(all(greetings)), unit: 'ms' },
      {
        what: 'first token against hello-world, since the start',
        value: medianRatio(all(tokens), all(greetings)),
        unit: '×',
      },
    ];
  });
}

async function startAndAsk(ground: Ground, app: AppName, route: string): Promise<Start> {
  const startedAtMs = performance.now();
  const host = await ground.startHost(app);
  const readyAtMs = performance.now();
  const answer = await fetch(`${host.url}/api/${route}`);
  await answer.text();
  const answeredAtMs = performance.now();
  await host.stop();
  if (!answer.ok) throw new Error(`${route} was answered with ${answer.status}`);
  return { firstAnswerMs: answeredAtMs - readyAtMs, sinceStartMs: answeredAtMs - startedAtMs };
}
