// What the private network needs beside the template.
import { askAz, callAz, say } from './commands.js';

/**
 * Registers the provider without which a subnet cannot be delegated to Microsoft.App/environments. If that fails, it says so.
 *
 * @param {string | undefined} subscription
 */
export function registerNetworkProvider(subscription) {
  const provider = ['--namespace', 'Microsoft.App', ...(subscription ? ['--subscription', subscription] : [])];
  const state = askAz(['provider', 'show', ...provider, '--query', 'registrationState']);
  if (state.ok && state.value === 'Registered') return;
  say('Registering the provider Microsoft.App, which the private network needs …');
  try {
    callAz(['provider', 'register', ...provider, '--wait']);
  } catch (error) {
    say(`Cannot register it: ${error.message}. If the deployment fails because of it, run:`);
    say('  az provider register --namespace Microsoft.App --wait');
  }
}

/**
 * Says so if the app is still in a network after PRIVATE_NETWORK was switched off. Silent if `az` cannot tell.
 *
 * @param {{ app: string, group: string }} place
 */
export function sayIfStillInNetwork({ app, group }) {
  const listed = askAz(['functionapp', 'vnet-integration', 'list', '--name', app, '--resource-group', group]);
  if (!listed.ok || !Array.isArray(listed.value) || listed.value.length === 0) return;
  say('PRIVATE_NETWORK is off, but the app is still in the network. Run this before you delete the network:');
  sayHowToLeaveNetwork({ app, group });
}

/**
 * Prints the command that takes the app out of the network. Until then the subnet is in use and cannot be deleted.
 *
 * @param {{ app: string, group: string }} place
 */
export function sayHowToLeaveNetwork({ app, group }) {
  say(`  az functionapp vnet-integration remove --name ${app} --resource-group ${group}`);
}
