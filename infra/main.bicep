// Everything that the token keeper needs in Azure, in its own resource group. infra/README.md lists the files.
targetScope = 'subscription'

import { OtherSettings } from 'modules/app.bicep'
import { appName, storageName, vaultName } from 'modules/names.bicep'

// ---- place and size

@description('The name of the deployment, which is the name of the azd environment. All resource names depend on it and on the region.')
@minLength(2)
@maxLength(64)
param name string

@description('The region, such as "westeurope". It must offer Flex Consumption: az functionapp list-flexconsumption-locations.')
@minLength(3)
@maxLength(40)
param location string

@description('Memory of one instance in MB. The price is proportional to it.')
@allowed([512, 2048, 4096])
param instanceMemoryMB int = 2048

@description('The maximum number of instances that Azure starts for callers. It limits the cost, too.')
@minValue(1)
@maxValue(1000)
param maximumInstances int = 40

@description('The number of instances that always run, so that no caller waits for a start. They are billed around the clock.')
@minValue(0)
@maxValue(20)
param alwaysReadyInstances int = 0

@description('The number of HTTP calls that one instance takes at the same time. Callers that wait for a renewal count.')
@minValue(1)
@maxValue(1000)
param perInstanceConcurrency int = 100

@description('The major version of Node that the app runs on. Some regions do not have 24.')
@allowed(['22', '24'])
param nodeVersion string = '24'

// ---- how the app works

@description('How callers authenticate: with the function key, or with tokens that the app issues.')
@allowed(['function-key', 'jwt'])
param callerAuth string = 'function-key'

@description('When the timer checks the token pair: NCRONTAB with six fields, UTC.')
@minLength(11)
@maxLength(100)
param schedule string = '0 */30 * * * *'

@description('A token with no more than this many minutes left is renewed. Keep it above the period of the schedule.')
@minValue(1)
@maxValue(1440)
param marginMinutes int = 60

@description('The other settings of the app, if their defaults do not fit. The README lists them.')
param otherSettings OtherSettings = {}

// ---- credentials: they are stored in the vault only

@description('The username of the Quartile portal. Empty: the vault keeps what it has.')
@secure()
param quartileUsername string = ''

@description('The password of the Quartile portal. Empty: the vault keeps what it has.')
@secure()
param quartilePassword string = ''

@description('The subscription key from the Quartile developer portal. Empty: the vault keeps what it has.')
@secure()
param quartileSubscriptionKey string = ''

@description('Whether to recover the deleted vault of this deployment. The hook finds out. A wrong value makes the deployment fail.')
param recoverVault bool = false

// ---- alerts and logs

@description('The address that receives the alerts by e-mail. Empty: no e-mail is sent.')
@maxLength(254)
param alertEmail string = ''

@description('The URL that receives the alerts by POST, in the common alert schema. A secret, because such URLs often contain one. Empty: none.')
@secure()
param alertWebhook string = ''

@description('How long the app may go without a successful check before an alert fires. Empty: two periods of the schedule.')
@allowed(['', 'PT30M', 'PT45M', 'PT1H', 'PT2H', 'PT3H', 'PT4H', 'PT5H', 'PT6H', 'P1D', 'P2D'])
param silenceWindow string = ''

@description('The maximum amount of log per day, in GB. It limits the cost. Later entries of that day are lost, and "No successful check" fires.')
@minValue(1)
@maxValue(1000)
param logGbPerDay int = 5

@description('Whether each access to tables, blobs and vault is logged, with the identity and the address.')
param dataAccessLogs bool = true

// ---- access

@description('The object id of a developer or a group that may use the command-line tools (callers, keys) on the tables. Empty: none.')
@maxLength(36)
param developerPrincipalId string = ''

@description('Puts storage and vault behind private endpoints, closes them to the internet, and runs the app in the network.')
param privateNetwork bool = false

@description('The only addresses that may call the app, in CIDR form. Empty: any address may call, with a key or a token.')
@maxLength(100)
param allowedIpRanges string[] = []

// "West Europe" and "westeurope" are the same region.
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

module monitoring 'modules/monitoring.bicep' = {
  scope: group
  params: {
    token: token
    location: location
    tags: tags
    appPrincipalId: identity.outputs.principalId
    logGbPerDay: logGbPerDay
  }
}

module storage 'modules/storage.bicep' = {
  scope: group
  params: {
    token: token
    location: location
    tags: tags
    isPrivate: privateNetwork
    appPrincipalId: identity.outputs.principalId
    developerPrincipalId: developerPrincipalId
    dataAccessLogs: dataAccessLogs
  }
  dependsOn: [monitoring]
}

module vault 'modules/vault.bicep' = {
  scope: group
  params: {
    token: token
    location: location
    tags: tags
    isPrivate: privateNetwork
    appPrincipalId: identity.outputs.principalId
    dataAccessLogs: dataAccessLogs
    recover: recoverVault
    quartileUsername: quartileUsername
    quartilePassword: quartilePassword
    quartileSubscriptionKey: quartileSubscriptionKey
  }
  dependsOn: [monitoring]
}

module network 'modules/network.bicep' = if (privateNetwork) {
  scope: group
  params: { token: token, location: location, tags: tags }
  dependsOn: [storage, vault]
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
    perInstanceConcurrency: perInstanceConcurrency
    nodeVersion: nodeVersion
    callerAuth: callerAuth
    schedule: schedule
    marginMinutes: marginMinutes
    otherSettings: otherSettings
    isPrivate: privateNetwork
    allowedIpRanges: allowedIpRanges
  }
  // Last, so that the roles, the credentials and the network exist when the app starts.
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

// azd keeps these in its environment. None of them is a secret.
output AZURE_RESOURCE_GROUP string = group.name
output AZURE_FUNCTION_APP_NAME string = appName(token)
output AZURE_KEY_VAULT_NAME string = vaultName(token)
output AZURE_STORAGE_ACCOUNT_NAME string = storageName(token)
output KEEPER_URL string = app.outputs.url
