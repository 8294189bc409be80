// Everything that the token keeper needs in Azure, in a resource group of its own. infra/README.md has the map.
targetScope = 'subscription'

import { OtherSettings } from 'modules/app.bicep'
import { appName, storageName, vaultName } from 'modules/names.bicep'

// ---- where, and how large

@description('Names the deployment: azd gives the name of its environment. With the region it decides every resource name.')
@minLength(2)
@maxLength(64)
param name string

@description('The region, as in "westeurope". It has to offer Flex Consumption: az functionapp list-flexconsumption-locations.')
@minLength(3)
@maxLength(40)
param location string

@description('Memory of one instance in MB. The price goes with it.')
@allowed([512, 2048, 4096])
param instanceMemoryMB int = 2048

@description('The most instances that Azure starts for callers. A cap on costs, too.')
@minValue(1)
@maxValue(1000)
param maximumInstances int = 40

@description('Instances that are kept running for callers, so that none waits for a start. They cost around the clock.')
@minValue(0)
@maxValue(20)
param alwaysReadyInstances int = 0

// ---- how the app works

@description('How callers prove who they are: by the function key, or by tokens of our own.')
@allowed(['function-key', 'jwt'])
param callerAuth string = 'function-key'

@description('When the timer checks the pair: NCRONTAB with six fields, UTC.')
@minLength(11)
@maxLength(100)
param schedule string = '0 */30 * * * *'

@description('A token with no more than this many minutes left is renewed. Keep it above the period of the schedule.')
@minValue(1)
@maxValue(1440)
param marginMinutes int = 60

@description('The other settings of the app, where they are not to have their defaults. The README has the list.')
param otherSettings OtherSettings = {}

// ---- secrets; each one goes into the vault and nowhere else

@description('The login of the Quartile portal. Empty: what is in the vault stays.')
@secure()
param quartileUsername string = ''

@description('The password of the Quartile portal. Empty: what is in the vault stays.')
@secure()
param quartilePassword string = ''

@description('The key from the Quartile developer portal. Empty: what is in the vault stays.')
@secure()
param quartileSubscriptionKey string = ''

@description('Seals the tokens: id:base64 of 32 random bytes. Only for a vault that has none yet; the hook makes one.')
@secure()
param newTokenEncryptionKeys string = ''

@description('Signs the tokens of callers: another key in the same form. Only for a vault that has none yet.')
@secure()
param newCallerJwtKeys string = ''

@description('Whether a deleted vault of this deployment waits to be recovered. The hook finds out; wrong, either way, it fails.')
param recoverVault bool = false

// ---- who is told

@description('Gets the alerts by e-mail. Empty: nobody does.')
@maxLength(254)
param alertEmail string = ''

@description('Gets the alerts by POST, in the common alert schema. A secret, because such URLs often carry one. Empty: none.')
@secure()
param alertWebhook string = ''

@description('The time without a successful check after which somebody is told. Empty: two periods of the schedule.')
@allowed(['', 'PT30M', 'PT45M', 'PT1H', 'PT2H', 'PT3H', 'PT4H', 'PT5H', 'PT6H', 'P1D', 'P2D'])
param silenceWindow string = ''

@description('The most log of a day, in GB. A cap on costs: what comes after it is lost, and "No successful check" fires.')
@minValue(1)
@maxValue(1000)
param logGbPerDay int = 5

// ---- who can reach it

@description('Puts storage and vault behind private endpoints, closes them to the internet, and runs the app in the network.')
param privateNetwork bool = false

@description('The only addresses that may call the app, in CIDR form. Empty: every address may, with a key or a token.')
@maxLength(100)
param allowedIpRanges string[] = []

// "West Europe" and "westeurope" are one region.
var token = uniqueString(subscription().id, name, toLower(replace(location, ' ', '')))
var tags = { 'azd-env-name': name, app: 'quartile-token-keeper' }

resource group 'Microsoft.Resources/resourceGroups@2024-03-01' = {
  name: 'rg-${name}'
  location: location
  tags: tags
}

module identity 'modules/identity.bicep' = {
  scope: group
  params: { token: token, location: location, tags: tags }
}

module storage 'modules/storage.bicep' = {
  scope: group
  params: { token: token, location: location, tags: tags, isPrivate: privateNetwork }
  dependsOn: [identity]
}

module vault 'modules/vault.bicep' = {
  scope: group
  params: {
    token: token
    location: location
    tags: tags
    isPrivate: privateNetwork
    recover: recoverVault
    quartileUsername: quartileUsername
    quartilePassword: quartilePassword
    quartileSubscriptionKey: quartileSubscriptionKey
    newTokenEncryptionKeys: newTokenEncryptionKeys
    newCallerJwtKeys: newCallerJwtKeys
  }
  dependsOn: [identity]
}

module network 'modules/network.bicep' = if (privateNetwork) {
  scope: group
  params: { token: token, location: location, tags: tags }
  dependsOn: [storage, vault]
}

module monitoring 'modules/monitoring.bicep' = {
  scope: group
  params: { token: token, location: location, tags: tags, logGbPerDay: logGbPerDay }
  dependsOn: [identity]
}

module app 'modules/app.bicep' = {
  scope: group
  params: {
    token: token
    location: location
    tags: tags
    clientId: identity.outputs.clientId
    insightsConnectionString: monitoring.outputs.insightsConnectionString
    instanceMemoryMB: instanceMemoryMB
    maximumInstances: maximumInstances
    alwaysReadyInstances: alwaysReadyInstances
    callerAuth: callerAuth
    schedule: schedule
    marginMinutes: marginMinutes
    otherSettings: otherSettings
    isPrivate: privateNetwork
    allowedIpRanges: allowedIpRanges
  }
  // Last, so that its first start finds its roles, its secrets and the way to them.
  dependsOn: [storage, vault, network]
}

module alerts 'modules/alerts.bicep' = {
  scope: group
  params: {
    token: token
    location: location
    tags: tags
    schedule: schedule
    silenceWindow: silenceWindow
    email: alertEmail
    webhook: alertWebhook
  }
  dependsOn: [monitoring]
}

module workbook 'modules/workbook.bicep' = {
  scope: group
  params: { token: token, location: location, tags: tags }
  dependsOn: [monitoring]
}

// azd keeps these in its environment. No secret among them.
output AZURE_RESOURCE_GROUP string = group.name
output AZURE_FUNCTION_APP_NAME string = appName(token)
output AZURE_KEY_VAULT_NAME string = vaultName(token)
output AZURE_STORAGE_ACCOUNT_NAME string = storageName(token)
output KEEPER_URL string = app.outputs.url
