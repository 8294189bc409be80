/**
 * Set on every instance in Azure: the site's name and SKU in all plans, and the instance, or the pod in Flex Consumption.
 * Core Tools set none of them. `CONTAINER_NAME` is no evidence: other containers have it too.
 */
const AZURE_VARIABLES = ['WEBSITE_SITE_NAME', 'WEBSITE_SKU', 'WEBSITE_INSTANCE_ID', 'WEBSITE_POD_NAME'];

/**
 * Tells whether this process runs in Azure.
 *
 * @see https://learn.microsoft.com/azure/app-service/reference-app-settings
 */
export function runsInAzure(env: NodeJS.ProcessEnv): boolean {
  return AZURE_VARIABLES.some((name) => env[name]);
}
