// Has Azure read the secrets of the app from the vault anew, and restarts the app with them. Plain JavaScript without packages.
//
// Azure keeps what it read for up to 24 hours, and a restart alone starts the app with just that:
// https://learn.microsoft.com/azure/app-service/app-service-key-vault-references#rotation
import { run, say } from './hooks/commands.js';

const API_VERSION = '2022-03-01';

const USAGE = `Usage: node infra/refresh-secrets.js

Has Azure read the secrets from the vault anew, and restarts the app with them. Run it after each change in the vault, with az
signed in. AZURE_FUNCTION_APP_NAME and AZURE_RESOURCE_GROUP say which app; where they are not set, the azd environment does.`;

if (process.argv[2] === '--help') {
  say(USAGE);
} else if (process.argv.length > 2) {
  process.stderr.write(`${USAGE}\n`);
  process.exitCode = 2;
} else {
  try {
    refresh();
  } catch (error) {
    process.stderr.write(`${error instanceof Error ? error.message : String(error)}\n`);
    process.exitCode = 1;
  }
}

function refresh() {
  const app = ['--name', valueOf('AZURE_FUNCTION_APP_NAME'), '--resource-group', valueOf('AZURE_RESOURCE_GROUP')];
  const id = read('az', ['functionapp', 'show', ...app, '--query', 'id', '--output', 'tsv']);
  const url = `${id}/config/configreferences/appsettings/refresh?api-version=${API_VERSION}`;
  read('az', ['rest', '--method', 'post', '--url', url, '--output', 'none']);
  say('Azure reads the secrets anew.');
  read('az', ['functionapp', 'restart', ...app]);
  say('The app starts again. A secret that is still not there is named in its log, by settings.invalid.');
}

/** @param {string} name */
function valueOf(name) {
  const set = process.env[name];
  if (set) return set;
  const result = run('azd', ['env', 'get-value', name]);
  if (!result.ok)
    throw new Error(`The secrets were not refreshed: ${result.why}. Set ${name}, or run it in the azd project.`);
  return result.output.trim();
}

/** @param {string} command @param {readonly string[]} args @throws {Error} where it fails */
function read(command, args) {
  const result = run(command, args);
  if (!result.ok) throw new Error(`The secrets were not refreshed: ${result.why}`);
  return result.output.trim();
}
