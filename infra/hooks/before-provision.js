// azd runs this before it provisions: new keys for a vault that has none, and whether a deleted vault is to be recovered.
import { say, setAzdValue } from './commands.js';
import { findDeletedVault } from './deleted-vault.js';
import { newKey } from './new-key.js';

const { AZURE_ENV_NAME: name, AZURE_SUBSCRIPTION_ID: subscription, AZURE_LOCATION: location } = process.env;

// Each time: a vault that has keys keeps them (@onlyIfNotExists in infra/modules/vault.bicep). The names are not those of
// the settings, so that a key for local use in this shell can never get into the vault.
setAzdValue('NEW_TOKEN_ENCRYPTION_KEYS', newKey(new Date()));
setAzdValue('NEW_CALLER_JWT_KEYS', newKey(new Date()));

const deleted = findDeletedVault({ name, subscription, location });
if (deleted.found === undefined) {
  say(`Cannot tell whether a deleted vault has to be recovered: ${deleted.why}.`);
  say('That matters only where this was deployed before and taken down. If the deployment now fails because the vault');
  say('exists "in deleted state": `az login`, and again; or `azd env set RECOVER_VAULT true`, and again.');
} else {
  setAzdValue('RECOVER_VAULT', String(deleted.found));
  say(
    deleted.found ? `Recovering the deleted vault ${deleted.vault}, with its secrets.` : 'No deleted vault to recover.',
  );
}
