/**
 * What the platform sets on an instance, whatever the plan: the site's name and SKU everywhere, and the instance, or the
 * pod of Flex Consumption. Core Tools set none of these. `CONTAINER_NAME`, which is there in some plans too, says
 * nothing: other containers have it as well.
 */
const AZURE_VARIABLES = ['WEBSITE_SITE_NAME', 'WEBSITE_SKU', 'WEBSITE_INSTANCE_ID', 'WEBSITE_POD_NAME'];

/**
 * Whether this process runs in Azure.
 *
 * @see https://learn.microsoft.com/azure/app-service/reference-app-settings
 */
export function runsInAzure(env: NodeJS.ProcessEnv): boolean {
  return AZURE_VARIABLES.some((name) => env[name]);
}
