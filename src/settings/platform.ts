/**
 * What the platform sets on an instance, whatever the plan: App Service and Premium name the instance, Consumption and
 * Flex Consumption the container or pod, all of them the site. Core Tools set none of these.
 */
const AZURE_VARIABLES = [
  'WEBSITE_INSTANCE_ID',
  'WEBSITE_POD_NAME',
  'CONTAINER_NAME',
  'WEBSITE_SITE_NAME',
  'WEBSITE_SKU',
];

/**
 * Whether this process runs in Azure.
 *
 * @see https://learn.microsoft.com/azure/app-service/reference-app-settings
 */
export function runsInAzure(env: NodeJS.ProcessEnv): boolean {
  return AZURE_VARIABLES.some((name) => env[name]);
}
