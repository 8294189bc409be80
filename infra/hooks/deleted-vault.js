import { askAz } from './commands.js';

/**
 * Finds the deleted vault of a deployment. With purge protection its name stays taken for 90 days, so that a new deployment in
 * the same place must recover it. The vault is identified by resource group, region and the tag with the deployment's name.
 *
 * @param {{ name?: string, subscription?: string, location?: string }} place
 * @returns {{ found: true, vault: string } | { found: false } | { found: undefined, why: string }} undefined: cannot tell
 */
export function findDeletedVault({ name, subscription, location }) {
  if (!name || !subscription || !location) {
    return { found: undefined, why: 'AZURE_ENV_NAME, AZURE_SUBSCRIPTION_ID or AZURE_LOCATION is not set yet' };
  }
  const listed = askAz(['keyvault', 'list-deleted', '--subscription', subscription, '--resource-type', 'vault']);
  if (!listed.ok) return { found: undefined, why: listed.why };
  if (!Array.isArray(listed.value)) return { found: undefined, why: 'az did not print a list' };

  const group = `/subscriptions/${subscription}/resourcegroups/rg-${name}/`.toLowerCase();
  let unreadable = false;
  for (const vault of listed.value) {
    const { vaultId, location: region, tags } = vault?.properties ?? {};
    if (typeof vaultId !== 'string' || typeof region !== 'string') {
      unreadable = true;
      continue;
    }
    const isOurs = tags?.app === 'quartile-token-keeper' && tags['azd-env-name'] === name;
    if (isOurs && vaultId.toLowerCase().startsWith(group) && plainRegion(region) === plainRegion(location)) {
      return { found: true, vault: String(vault.name) };
    }
  }
  return unreadable ? { found: undefined, why: 'az listed a vault without id or region' } : { found: false };
}

/**
 * "West Europe" and "westeurope" are the same region.
 *
 * @param {string} region
 */
export function plainRegion(region) {
  return region.replaceAll(' ', '').toLowerCase();
}
