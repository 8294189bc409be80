// azd runs this after it has provisioned: it adds the keys that the vault does not have, and says what is left to do.
import { runScript, say, setAzdValue, valueOf } from './commands.js';
import { sayIfStillInNetwork } from './network.js';
import { addMissingKeys } from './vault-keys.js';

const wasRecovered = process.env.RECOVER_VAULT === 'true';

await runScript(() => {
  // The vault exists now: the next deployment must not recover it again.
  if (wasRecovered) setAzdValue('RECOVER_VAULT', 'false');
  const group = valueOf('AZURE_RESOURCE_GROUP');
  addKeys(group);
  if (wasRecovered) askForSecondRun();
  if (process.env.PRIVATE_NETWORK !== 'true') sayIfStillInNetwork({ app: valueOf('AZURE_FUNCTION_APP_NAME'), group });
});

/** @param {string} group */
function addKeys(group) {
  const place = `/subscriptions/${valueOf('AZURE_SUBSCRIPTION_ID')}/resourceGroups/${group}`;
  try {
    const added = addMissingKeys(`${place}/providers/Microsoft.KeyVault/vaults/${valueOf('AZURE_KEY_VAULT_NAME')}`);
    if (added.length > 0) say(`Added to the vault, each with a new key: ${added.join(', ')}.`);
  } catch (error) {
    throw new Error(
      `The vault may have no keys yet, and the app does not work without them: ${error.message}. Run \`az login\`, then \`azd provision\` again.`,
      { cause: error },
    );
  }
}

// Azure recovers a vault as it was and ignores the other properties in the template:
// https://github.com/Azure/azure-rest-api-specs/issues/21306
function askForSecondRun() {
  const environment = process.env.AZURE_ENV_NAME;
  say('The vault was recovered with the network access that it had before (PRIVATE_NETWORK).');
  say(`Run \`azd provision${environment ? ` -e ${environment}` : ''}\` again to apply the current settings to it.`);
}
