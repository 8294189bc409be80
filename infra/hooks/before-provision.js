// azd runs this before it provisions: it checks the region, registers a provider, and looks for a deleted vault to recover.
import { runScript, say, setAzdValue } from './commands.js';
import { findDeletedVault } from './deleted-vault.js';
import { registerNetworkProvider } from './network.js';
import { checkRegion } from './region.js';

const { AZURE_ENV_NAME: name, AZURE_SUBSCRIPTION_ID: subscription, AZURE_LOCATION: location } = process.env;

await runScript(() => {
  requireRegion();
  if (process.env.PRIVATE_NETWORK === 'true') registerNetworkProvider(subscription);
  recoverDeletedVault();
});

/** @throws {Error} that says what to choose instead */
function requireRegion() {
  const region = checkRegion({ subscription, location, nodeVersion: process.env.APP_NODE_VERSION || '24' });
  if (region.suits === false) throw new Error(region.advice);
  if (region.suits === undefined) {
    say(`Cannot tell whether the region offers Flex Consumption with this version of Node: ${region.why}.`);
    say(
      'If the deployment fails because of the region: `az functionapp list-flexconsumption-locations` lists the others.',
    );
  }
}

function recoverDeletedVault() {
  const deleted = findDeletedVault({ name, subscription, location });
  if (deleted.found === undefined) {
    say(`Cannot tell whether a deleted vault must be recovered: ${deleted.why}.`);
    say('This matters only if the same deployment was taken down before. If it now fails because the vault exists');
    say('"in deleted state", run `az login` or `azd env set RECOVER_VAULT true`, and deploy again.');
    return;
  }
  setAzdValue('RECOVER_VAULT', String(deleted.found));
  say(
    deleted.found ? `Recovering the deleted vault ${deleted.vault} with its secrets.` : 'No deleted vault to recover.',
  );
}
