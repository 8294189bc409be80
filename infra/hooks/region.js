import { askAz } from './commands.js';
import { plainRegion } from './deleted-vault.js';

/**
 * Checks that the region offers Flex Consumption with the wanted version of Node. azd offers regions that do not.
 *
 * @param {{ subscription?: string, location?: string, nodeVersion: string }} place
 * @returns {{ suits: true } | { suits: false, advice: string } | { suits: undefined, why: string }} undefined: cannot tell
 */
export function checkRegion({ subscription, location, nodeVersion }) {
  if (!subscription || !location) {
    return { suits: undefined, why: 'AZURE_SUBSCRIPTION_ID or AZURE_LOCATION is not set yet' };
  }
  const inSubscription = ['--subscription', subscription];
  const regions = askForTexts(['list-flexconsumption-locations', ...inSubscription, '--query', '[].name']);
  if (!regions.ok) return { suits: undefined, why: regions.why };
  if (!regions.texts.some((region) => plainRegion(region) === plainRegion(location))) {
    const advice = `${location} does not offer Flex Consumption. Choose another region with \`azd env set AZURE_LOCATION REGION\`: ${regions.texts.toSorted().join(', ')}.`;
    return { suits: false, advice };
  }

  const ofNode = ['--location', location, '--runtime', 'node', '--query', '[].version'];
  const versions = askForTexts(['list-flexconsumption-runtimes', ...inSubscription, ...ofNode]);
  if (!versions.ok) return { suits: undefined, why: versions.why };
  if (!versions.texts.includes(nodeVersion)) {
    const other = nodeVersion === '24' ? '22' : '24';
    const choice = versions.texts.includes(other)
      ? `Choose Node ${other} with \`azd env set APP_NODE_VERSION ${other}\`, or another region`
      : 'Choose another region';
    const advice = `${location} offers Node ${versions.texts.join(', ')}, but not ${nodeVersion}. ${choice} with \`azd env set AZURE_LOCATION REGION\`.`;
    return { suits: false, advice };
  }
  return { suits: true };
}

/** @param {readonly string[]} args @returns {{ ok: true, texts: string[] } | { ok: false, why: string }} never an empty list */
function askForTexts(args) {
  const listed = askAz(['functionapp', ...args]);
  if (!listed.ok) return listed;
  const texts = Array.isArray(listed.value) ? listed.value.filter((text) => typeof text === 'string') : [];
  return texts.length > 0 ? { ok: true, texts } : { ok: false, why: `az printed no list for ${args[0]}` };
}
