import { run } from './commands.js';

/**
 * Looks for the deleted vault of a deployment. With purge protection its name stays taken for 90 days: a new deployment in
 * the same place has to recover it. It is known by subscription, resource group, region and the tag that carries the name,
 * which are what its own name is made of.
 *
 * @param {{ name?: string, subscription?: string, location?: string }} place
 * @returns {{ found: true, vault: string } | { found: false } | { found: undefined, why: string }}
 */
export function findDeletedVault({ name, subscription, location }) {
  if (!name || !subscription || !location) {
    return { found: undefined, why: 'AZURE_ENV_NAME, AZURE_SUBSCRIPTION_ID or AZURE_LOCATION is not set yet' };
  }
  const args = ['keyvault', 'list-deleted', '--subscription', subscription, '--resource-type', 'vault'];
  const listed = run('az', [...args, '--output', 'json']);
  if (!listed.ok) return { found: undefined, why: listed.why };
  const group = `/subscriptions/${subscription}/resourcegroups/rg-${name}/`.toLowerCase();
  for (const vault of readList(listed.output)) {
    const { vaultId = '', location: region = '', tags } = vault?.properties ?? {};
    const sameGroup = vaultId.toLowerCase().startsWith(group);
    if (!sameGroup || tags?.app !== 'quartile-token-keeper' || tags['azd-env-name'] !== name) continue;
    if (plain(region) === plain(location)) return { found: true, vault: vault.name };
  }
  return { found: false };
}

/** "West Europe" and "westeurope" are one region. */
function plain(region) {
  return region.replaceAll(' ', '').toLowerCase();
}

function readList(json) {
  const list = JSON.parse(json || '[]');
  return Array.isArray(list) ? list : [];
}
