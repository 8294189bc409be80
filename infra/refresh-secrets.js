// Makes Azure read the app's secrets from the vault again, waits until it has all of them, and restarts the app. Plain JavaScript
// without packages. azd runs it after each deployment of the app; operators run it after each change in the vault.
//
// Azure caches what it read for up to 24 hours, refused and missing secrets included, and a restart alone uses the cache:
// https://learn.microsoft.com/azure/app-service/app-service-key-vault-references#rotation
import { setTimeout as delay } from 'node:timers/promises';
import { parseArgs } from 'node:util';
import { askAz, callAz, runScript, say, valueOf } from './hooks/commands.js';

const API_VERSION = '2022-03-01';

/** So many answers in a row that report nothing but missing secrets end the wait: the first ones may still be from the cache. */
const ANSWERS_UNTIL_MISSING = 3;

const USAGE = `Usage: node infra/refresh-secrets.js [--patience SECONDS] [--every SECONDS]

Makes Azure read the secrets from the vault again, waits until it has all of them, and restarts the app with them. Run it after
each change in the vault. az must be signed in. AZURE_FUNCTION_APP_NAME and AZURE_RESOURCE_GROUP name the app; if they are not
set, the azd environment does.

  --patience SECONDS   how long it waits, 300 by default: a new role may take some minutes to become effective
  --every SECONDS      how often it asks, 10 by default

Exits with 0 if Azure has all secrets, 1 if not or if a command failed, and 2 if the arguments are wrong.`;

const options = readArguments();
if (options === 'help') {
  say(USAGE);
} else if (options === undefined) {
  process.stderr.write(`${USAGE}\n`);
  process.exitCode = 2;
} else {
  await runScript(() => refresh(options));
}

function readArguments() {
  try {
    const { values } = parseArgs({
      options: {
        patience: { type: 'string', default: '300' },
        every: { type: 'string', default: '10' },
        help: { type: 'boolean', default: false },
      },
    });
    const [patienceMs, everyMs] = [Number(values.patience) * 1000, Number(values.every) * 1000];
    if (values.help) return 'help';
    return patienceMs >= 0 && everyMs >= 0 ? { patienceMs, everyMs } : undefined;
  } catch {
    return undefined;
  }
}

/** @param {{ patienceMs: number, everyMs: number }} options */
async function refresh({ patienceMs, everyMs }) {
  const app = ['--name', valueOf('AZURE_FUNCTION_APP_NAME'), '--resource-group', valueOf('AZURE_RESOURCE_GROUP')];
  const id = read(['functionapp', 'show', ...app, '--query', 'id']);
  const references = `${String(id)}/config/configreferences/appsettings`;
  const unresolved = await waitForSecrets(references, { patienceMs, everyMs });
  callAz(['functionapp', 'restart', ...app]);
  say('The app restarts.');
  if (unresolved.length > 0) {
    const list = unresolved.map(({ name, status }) => `${name} (${status})`).join(', ');
    throw new Error(
      `Azure does not have every secret: ${list}. SecretNotFound: put it into the vault, and run \`node infra/refresh-secrets.js\` again. AccessToKeyVaultDenied: wait for the role, and run it again.`,
    );
  }
}

/**
 * @param {string} references
 * @param {{ patienceMs: number, everyMs: number }} options
 * @returns {Promise<{ name: string, status: string }[]>} the references that Azure could not resolve in time
 */
async function waitForSecrets(references, { patienceMs, everyMs }) {
  const startMs = performance.now();
  let onlyMissing = 0;
  for (;;) {
    callAz(['rest', '--method', 'post', '--url', `${references}/refresh?api-version=${API_VERSION}`]);
    const all = readReferences(read(['rest', '--method', 'get', '--url', `${references}?api-version=${API_VERSION}`]));
    const unresolved = all.filter(({ status }) => status !== 'Resolved');
    if (all.length > 0 && unresolved.length === 0) {
      say(`Azure has all ${all.length} secrets.`);
      return [];
    }
    const isOnlyMissing = all.length > 0 && unresolved.every(({ status }) => status === 'SecretNotFound');
    onlyMissing = isOnlyMissing ? onlyMissing + 1 : 0;
    const waitedMs = performance.now() - startMs;
    if (onlyMissing >= ANSWERS_UNTIL_MISSING || waitedMs >= patienceMs) {
      return all.length > 0 ? unresolved : [{ name: 'all of them', status: 'not reported' }];
    }
    const what = unresolved.map(({ name, status }) => `${name} (${status})`).join(', ') || 'the list of secrets';
    say(`Waiting for ${what}: ${Math.round(waitedMs / 1000)} of ${patienceMs / 1000} s.`);
    await delay(everyMs);
  }
}

/**
 * The status of each reference. Azure documents a list; the portal reads an object.
 *
 * @param {unknown} answer
 * @returns {{ name: string, status: string }[]}
 */
function readReferences(answer) {
  const list = Array.isArray(answer?.value)
    ? answer.value.map((reference) => [reference?.name, reference?.properties?.status])
    : Object.entries(answer?.properties?.keyToReferenceStatuses ?? {}).map(([name, value]) => [name, value?.status]);
  return list.map(([name, status]) => ({ name: String(name), status: String(status ?? 'unknown') }));
}

/** @param {readonly string[]} args @throws {Error} if it fails */
function read(args) {
  const result = askAz(args);
  if (!result.ok) throw new Error(`The secrets were not refreshed: ${result.why}`);
  return result.value;
}
