// Tests whether a deployed app works. Plain JavaScript without packages. It prints no token and no key.
import { text } from 'node:stream/consumers';
import { setTimeout as delay } from 'node:timers/promises';
import { parseArgs } from 'node:util';

const USAGE = `Usage: node infra/smoke-test.js URL [--version 1.2.3] [--patience SECONDS], with the function key on stdin

Checks that the app is reachable, has that version, hands out a token, and is healthy. A new deployment takes a while to start:
each check is repeated for that many seconds, 300 by default. With CALLER_AUTH=jwt a function key is not enough for a token:
then the app must ask callers to log in, and its health must report a valid token.

Exits with 0 if the app works, 1 if it does not, 2 if the arguments are wrong, and 3 if Azure refuses the address of this
machine (ALLOWED_IP_RANGES), so that the result is unknown.`;

const PAUSE_MS = 5_000;

/**
 * @typedef {{ ok: true, result: string } | { ok: false, why: string, exitCode?: number }} Finding With an exit code, the check is
 *   not repeated.
 * @typedef {{ status: number, body: Record<string, unknown>, headers: Headers, error: string }} Answer
 */

/** @type {Finding} */
const MISCONFIGURED = {
  ok: false,
  why: 'A setting is wrong, or a secret is not in the vault. The event settings.invalid in the log names it.',
};

const asked = readArguments();
if (asked === undefined) {
  process.stderr.write(`${USAGE}\n`);
  process.exitCode = 2;
} else {
  const key = process.stdin.isTTY ? '' : (await text(process.stdin)).trim();
  process.exitCode = await run({ ...asked, key });
}

function readArguments() {
  try {
    const options = /** @type {const} */ ({
      version: { type: 'string' },
      patience: { type: 'string', default: '300' },
    });
    const { values, positionals } = parseArgs({ options, allowPositionals: true });
    const [root = ''] = positionals;
    const patienceMs = Number(values.patience) * 1000;
    if (positionals.length !== 1 || !/^https?:/.test(root) || !URL.canParse(root) || !(patienceMs >= 0))
      return undefined;
    return { root, version: values.version, endMs: Date.now() + patienceMs };
  } catch {
    return undefined;
  }
}

/** @param {{ root: string, key: string, version: string | undefined, endMs: number }} app */
async function run(app) {
  for (const check of [isReached, isThatVersion, handsOutToken, isWell]) {
    let finding = await check(app);
    while (!finding.ok && finding.exitCode === undefined && Date.now() < app.endMs) {
      await delay(PAUSE_MS);
      finding = await check(app);
    }
    if (!finding.ok) {
      process.stderr.write(`FAILED: ${finding.why}\n`);
      return finding.exitCode ?? 1;
    }
    process.stdout.write(`${finding.result}\n`);
  }
  return 0;
}

/** @param {number} status @param {Record<string, unknown>} body */
function isMisconfigured(status, body) {
  return status === 500 && body['code'] === 'misconfigured';
}

/** @returns {Promise<Finding>} */
async function isReached({ root }) {
  const { status, body, headers, error } = await ask(root, '/api/health');
  if (status === 0) return { ok: false, why: `${root} does not answer: ${error}.` };
  // App Service names the address that it refuses: https://learn.microsoft.com/azure/app-service/app-service-ip-restrictions
  if (status === 403 && headers.has('x-ms-forbidden-ip')) {
    const why = `Azure refuses the address of this machine (ALLOWED_IP_RANGES): the state of the app is unknown.`;
    return { ok: false, why, exitCode: 3 };
  }
  if (status === 403) return { ok: false, why: 'Azure answers 403 instead of the app: is the app stopped?' };
  if (status === 404) return { ok: false, why: 'The app has no functions: its package is missing, or failed to load.' };
  if (typeof body['status'] !== 'string') return { ok: false, why: `The app does not run: Azure answers ${status}.` };
  return { ok: true, result: 'The app is reachable.' };
}

/** @returns {Promise<Finding>} */
async function isThatVersion({ root, version }) {
  if (version === undefined) return { ok: true, result: 'The version was not checked.' };
  const { status, body } = await ask(root, '/api/openapi.json');
  if (isMisconfigured(status, body)) return MISCONFIGURED;
  const { info } = body;
  const running = typeof info === 'object' && info !== null && 'version' in info ? info.version : 'unknown';
  if (running !== version) return { ok: false, why: `The running app is version ${String(running)}, not ${version}.` };
  return { ok: true, result: `The app is version ${version}.` };
}

/** @returns {Promise<Finding>} */
async function handsOutToken({ root, key }) {
  const { status, body, headers } = await ask(root, '/api/token', key === '' ? {} : { 'x-functions-key': key });
  const { code = 'no code' } = body;
  if (status === 200 && Number(body['expires_in']) > 0) return { ok: true, result: 'The app hands out a token.' };
  if (status === 401 && code === 'authentication_required' && /^Bearer\b/.test(headers.get('www-authenticate') ?? '')) {
    return { ok: true, result: 'The app asks callers to log in (CALLER_AUTH=jwt).' };
  }
  if (status === 401)
    return { ok: false, why: key === '' ? 'There is no function key on stdin.' : 'The app refuses the function key.' };
  if (isMisconfigured(status, body)) return MISCONFIGURED;
  return {
    ok: false,
    why: `The app hands out no token: ${status} (${String(code)}). See its log, and infra/README.md, "Faults".`,
  };
}

/** @returns {Promise<Finding>} */
async function isWell({ root }) {
  const { status, body } = await ask(root, '/api/health');
  if (status === 200 && body['status'] === 'ok') return { ok: true, result: 'The app is healthy.' };
  if (status === 200) {
    return {
      ok: true,
      result: 'The app has a valid token, but is degraded: see /api/status, or health.not_ok in its log.',
    };
  }
  const why = `There is no valid token (health: ${status}). With CALLER_AUTH=jwt the timer fetches the first one (REFRESH_SCHEDULE). Otherwise see the log.`;
  return { ok: false, why };
}

/** @param {string} root @param {string} path @param {Record<string, string>} headers @returns {Promise<Answer>} */
async function ask(root, path, headers = {}) {
  try {
    const answer = await fetch(new URL(path, root), {
      headers,
      redirect: 'manual',
      signal: AbortSignal.timeout(60_000),
    });
    const body = readObject(await answer.text());
    process.stdout.write(`${path}: ${answer.status}\n`);
    return { status: answer.status, body, headers: answer.headers, error: '' };
  } catch (error) {
    const { name, code } = error?.cause ?? error ?? {};
    const said = String(code ?? name ?? 'failed');
    process.stdout.write(`${path}: ${said}\n`);
    return { status: 0, body: {}, headers: new Headers(), error: said };
  }
}

/** @param {string} body @returns {Record<string, unknown>} */
function readObject(body) {
  try {
    const value = JSON.parse(body);
    return typeof value === 'object' && value !== null ? value : {};
  } catch {
    return {};
  }
}
