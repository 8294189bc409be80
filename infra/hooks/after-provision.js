// azd runs this after it has provisioned. The keys are in the vault now: nothing of them stays in the azd environment,
// which is a file on this disk. A vault that was recovered exists: the next time it must not be recovered again.
import { say, setAzdValue } from './commands.js';

setAzdValue('NEW_TOKEN_ENCRYPTION_KEYS', '');
setAzdValue('NEW_CALLER_JWT_KEYS', '');
setAzdValue('RECOVER_VAULT', 'false');

// Azure recovers a vault as it was, and leaves aside what the template says of it:
// https://github.com/Azure/azure-rest-api-specs/issues/21306
if (process.env.RECOVER_VAULT === 'true') {
  const environment = process.env.AZURE_ENV_NAME;
  say('The vault was recovered as it was, with the network that it had then (PRIVATE_NETWORK).');
  say(
    `Run \`azd provision${environment ? ` -e ${environment}` : ''}\` once more: that brings it to what is asked for now.`,
  );
}
