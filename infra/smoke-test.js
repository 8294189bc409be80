// Asks a deployed app for a token, then for its health. Usage: node infra/smoke-test.js URL [SECONDS], the function
// key on stdin. A new deployment takes a while to be up: it asks again for so many seconds, 300 unless said. Prints no token and no key.
import { text } from 'node:stream/consumers';
import { setTimeout as delay } from 'node:timers/promises';

const PAUSE_MS = 5_000;

const [root = '', patienceSeconds = '300'] = process.argv.slice(2);
const headers = { 'x-functions-key': (await text(process.stdin)).trim() };

/** With callers' own tokens the key opens the status page, which says the same. */
async function hasToken() {
  const answer = await ask('/api/token', headers);
  if (answer.status === 200) return JSON.parse(answer.body).expires_in > 0;
  if (answer.status !== 401) return false;
  const status = await ask('/api/status', { ...headers, accept: 'application/json' });
  return status.status === 200 && JSON.parse(status.body).access_token?.live === true;
}

async function isHealthy() {
  const answer = await ask('/api/health', {});
  return answer.status === 200;
}

/** @param {string} path @param {Record<string, string>} sent */
async function ask(path, sent) {
  try {
    const answer = await fetch(new URL(path, root), { headers: sent, signal: AbortSignal.timeout(60_000) });
    const body = await answer.text();
    process.stdout.write(`${path}: ${answer.status}\n`);
    return { status: answer.status, body };
  } catch (error) {
    process.stdout.write(`${path}: ${error instanceof Error ? error.name : 'failed'}\n`);
    return { status: 0, body: '' };
  }
}

/** @param {() => Promise<boolean>} check */
async function eventually(check) {
  const endMs = Date.now() + Number(patienceSeconds) * 1000;
  while (!(await check())) {
    if (Date.now() >= endMs) return false;
    await delay(PAUSE_MS);
  }
  return true;
}

if (!URL.canParse(root)) {
  process.stderr.write('Usage: node infra/smoke-test.js URL [SECONDS], the function key on stdin.\n');
  process.exitCode = 1;
} else if ((await eventually(hasToken)) && (await eventually(isHealthy))) {
  process.stdout.write('The app hands out a token, and is well.\n');
} else {
  process.stderr.write('The app is not well: see its log.\n');
  process.exitCode = 1;
}
