// The parameters that azd and the workflow deploy with. They come from the variables of the azd environment and of the shell.
// An empty variable counts as absent. There is no secret in this file.
using 'main.bicep'

import { valueOr } from 'modules/values.bicep'

param name = readEnvironmentVariable('AZURE_ENV_NAME')
param location = readEnvironmentVariable('AZURE_LOCATION')

// any(): Azure checks the allowed sizes and versions.
param instanceMemoryMB = any(int(valueOr(readEnvironmentVariable('INSTANCE_MEMORY_MB', ''), '2048')))
param maximumInstances = int(valueOr(readEnvironmentVariable('MAXIMUM_INSTANCES', ''), '40'))
param alwaysReadyInstances = int(valueOr(readEnvironmentVariable('ALWAYS_READY_INSTANCES', ''), '0'))
param perInstanceConcurrency = int(valueOr(readEnvironmentVariable('PER_INSTANCE_CONCURRENCY', ''), '100'))
param nodeVersion = any(valueOr(readEnvironmentVariable('APP_NODE_VERSION', ''), '24'))

param callerAuth = any(valueOr(readEnvironmentVariable('CALLER_AUTH', ''), 'function-key'))
param schedule = valueOr(readEnvironmentVariable('REFRESH_SCHEDULE', ''), '0 */30 * * * *')
param marginMinutes = int(valueOr(readEnvironmentVariable('REFRESH_MARGIN_MINUTES', ''), '60'))
param otherSettings = json(valueOr(readEnvironmentVariable('OTHER_SETTINGS', ''), '{}'))

param quartileUsername = readEnvironmentVariable('QUARTILE_USERNAME', '')
param quartilePassword = readEnvironmentVariable('QUARTILE_PASSWORD', '')
param quartileSubscriptionKey = readEnvironmentVariable('QUARTILE_SUBSCRIPTION_KEY', '')

// infra/hooks/before-provision.js sets this one.
param recoverVault = bool(valueOr(readEnvironmentVariable('RECOVER_VAULT', ''), 'false'))

param alertEmail = readEnvironmentVariable('ALERT_EMAIL', '')
param alertWebhook = readEnvironmentVariable('ALERT_WEBHOOK', '')
param silenceWindow = readEnvironmentVariable('SILENCE_WINDOW', '')
param logGbPerDay = int(valueOr(readEnvironmentVariable('LOG_GB_PER_DAY', ''), '5'))
param dataAccessLogs = bool(valueOr(readEnvironmentVariable('DATA_ACCESS_LOGS', ''), 'true'))

param developerPrincipalId = readEnvironmentVariable('DEVELOPER_PRINCIPAL_ID', '')
param privateNetwork = bool(valueOr(readEnvironmentVariable('PRIVATE_NETWORK', ''), 'false'))
param allowedIpRanges = filter(
  map(split(readEnvironmentVariable('ALLOWED_IP_RANGES', ''), ','), range => trim(range)),
  range => !empty(range)
)
