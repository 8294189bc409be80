// What azd (and the workflow in CI) deploy with: the variables of the azd environment, or of the shell. No secret stands
// here. The empty text means "not said" everywhere.
using 'main.bicep'

param name = readEnvironmentVariable('AZURE_ENV_NAME')
param location = readEnvironmentVariable('AZURE_LOCATION')

// any(): Azure checks which sizes there are.
param instanceMemoryMB = any(int(readEnvironmentVariable('INSTANCE_MEMORY_MB', '2048')))
param maximumInstances = int(readEnvironmentVariable('MAXIMUM_INSTANCES', '40'))
param alwaysReadyInstances = int(readEnvironmentVariable('ALWAYS_READY_INSTANCES', '0'))

param callerAuth = readEnvironmentVariable('CALLER_AUTH', 'function-key')
param schedule = readEnvironmentVariable('REFRESH_SCHEDULE', '0 */30 * * * *')
param marginMinutes = int(readEnvironmentVariable('REFRESH_MARGIN_MINUTES', '60'))
param otherSettings = json(readEnvironmentVariable('OTHER_SETTINGS', '{}'))

param quartileUsername = readEnvironmentVariable('QUARTILE_USERNAME', '')
param quartilePassword = readEnvironmentVariable('QUARTILE_PASSWORD', '')
param quartileSubscriptionKey = readEnvironmentVariable('QUARTILE_SUBSCRIPTION_KEY', '')

// The hook infra/hooks/before-provision.js gives these three, and infra/hooks/after-provision.js takes them back.
param newTokenEncryptionKeys = readEnvironmentVariable('NEW_TOKEN_ENCRYPTION_KEYS', '')
param newCallerJwtKeys = readEnvironmentVariable('NEW_CALLER_JWT_KEYS', '')
param recoverVault = bool(readEnvironmentVariable('RECOVER_VAULT', 'false'))

param alertEmail = readEnvironmentVariable('ALERT_EMAIL', '')
param alertWebhook = readEnvironmentVariable('ALERT_WEBHOOK', '')
param silenceWindow = readEnvironmentVariable('SILENCE_WINDOW', '')
param logGbPerDay = int(readEnvironmentVariable('LOG_GB_PER_DAY', '5'))

param privateNetwork = bool(readEnvironmentVariable('PRIVATE_NETWORK', 'false'))
param allowedIpRanges = filter(
  map(split(readEnvironmentVariable('ALLOWED_IP_RANGES', ''), ','), range => trim(range)),
  range => !empty(range)
)
