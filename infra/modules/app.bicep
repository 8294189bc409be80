// The function app on Flex Consumption, and every setting of it.

import { appName, appSubnetName, identityName, networkName, packageContainerName, storageName, vaultName } from 'names.bicep'

@description('Makes names unique.')
@minLength(13)
@maxLength(13)
param token string
param location string
param tags object

@description('The client id of the identity of the app.')
param clientId string
@description('Not a secret: it names the destination, and a role decides who may send there.')
param insightsConnectionString string

param instanceMemoryMB int
param maximumInstances int
param alwaysReadyInstances int
param perInstanceConcurrency int
param nodeVersion string
param callerAuth string
param schedule string
param marginMinutes int
param otherSettings OtherSettings

@description('Whether it runs in the network of modules/network.bicep.')
param isPrivate bool
param allowedIpRanges string[]

@export()
@sealed()
@description('The settings without a parameter of their own. The app checks each one when it starts.')
type OtherSettings = {
  QUARTILE_BASE_URL: string?
  QUARTILE_TIMEOUT_SECONDS: string?
  TOKEN_TABLE: string?
  CACHE_SECONDS: string?
  FORCED_REFRESH_COOLDOWN_SECONDS: string?
  CALLER_ACCESS_MINUTES: string?
  CALLER_REFRESH_DAYS: string?
}

// Without a version: Azure reads the newest version of a secret within a day, or at once after infra/refresh-secrets.js.
func secret(token string, name string) string =>
  '@Microsoft.KeyVault(SecretUri=https://${vaultName(token)}${environment().suffixes.keyvaultDns}/secrets/${name})'

resource identity 'Microsoft.ManagedIdentity/userAssignedIdentities@2023-01-31' existing = {
  name: identityName(token)
}

resource network 'Microsoft.Network/virtualNetworks@2024-05-01' existing = {
  name: networkName(token)

  resource appSubnet 'subnets' existing = {
    name: appSubnetName
  }
}

// The settings of the host.
var platformSettings = {
  AzureWebJobsStorage__accountName: storageName(token)
  AzureWebJobsStorage__credential: 'managedidentity'
  AzureWebJobsStorage__clientId: clientId
  APPLICATIONINSIGHTS_CONNECTION_STRING: insightsConnectionString
  APPLICATIONINSIGHTS_AUTHENTICATION_STRING: 'ClientId=${clientId};Authorization=AAD'
  // The host reads a body into memory before it calls the app, on the anonymous routes, too. Its own limit is 100 MiB.
  FUNCTIONS_REQUEST_BODY_SIZE_LIMIT: '65536'
  AzureWebJobsDisableHomepage: 'true'
}

var ownSettings = {
  QUARTILE_BASE_URL: 'https://api.quartile.com/auth/v2'
  QUARTILE_SUBSCRIPTION_KEY: secret(token, 'QUARTILE-SUBSCRIPTION-KEY')
  QUARTILE_USERNAME: secret(token, 'QUARTILE-USERNAME')
  QUARTILE_PASSWORD: secret(token, 'QUARTILE-PASSWORD')
  QUARTILE_TIMEOUT_SECONDS: '10'
  REFRESH_SCHEDULE: schedule
  REFRESH_MARGIN_MINUTES: string(marginMinutes)
  TOKEN_STORAGE__tableServiceUri: 'https://${storageName(token)}.table.${environment().suffixes.storage}'
  TOKEN_STORAGE__clientId: clientId
  TOKEN_TABLE: 'tokens'
  TOKEN_ENCRYPTION_KEYS: secret(token, 'TOKEN-ENCRYPTION-KEYS')
  CACHE_SECONDS: '5'
  FORCED_REFRESH_COOLDOWN_SECONDS: '30'
  CALLER_AUTH: callerAuth
  CALLER_JWT_KEYS: secret(token, 'CALLER-JWT-KEYS')
  CALLER_ACCESS_MINUTES: '15'
  CALLER_REFRESH_DAYS: '14'
}

resource plan 'Microsoft.Web/serverfarms@2024-04-01' = {
  name: 'plan-${token}'
  location: location
  tags: tags
  kind: 'functionapp'
  sku: { tier: 'FlexConsumption', name: 'FC1' }
  properties: { reserved: true }
}

resource app 'Microsoft.Web/sites@2024-04-01' = {
  name: appName(token)
  location: location
  tags: union(tags, { 'azd-service-name': 'keeper' })
  kind: 'functionapp,linux'
  identity: { type: 'UserAssigned', userAssignedIdentities: { '${identity.id}': {} } }
  properties: {
    serverFarmId: plan.id
    httpsOnly: true
    keyVaultReferenceIdentity: identity.id
    virtualNetworkSubnetId: isPrivate ? network::appSubnet.id : null
    functionAppConfig: {
      deployment: {
        storage: {
          type: 'blobContainer'
          value: 'https://${storageName(token)}.blob.${environment().suffixes.storage}/${packageContainerName}'
          authentication: { type: 'UserAssignedIdentity', userAssignedIdentityResourceId: identity.id }
        }
      }
      runtime: { name: 'node', version: nodeVersion }
      scaleAndConcurrency: {
        instanceMemoryMB: instanceMemoryMB
        maximumInstanceCount: maximumInstances
        alwaysReady: alwaysReadyInstances == 0 ? [] : [{ name: 'http', instanceCount: alwaysReadyInstances }]
        triggers: { http: { perInstanceConcurrency: perInstanceConcurrency } }
      }
    }
    siteConfig: {
      minTlsVersion: '1.2'
      scmMinTlsVersion: '1.2'
      appSettings: [
        for setting in items(union(platformSettings, ownSettings, otherSettings)): {
          name: setting.key
          value: setting.value
        }
      ]
      // The deployment uses the other host name (scm), with Entra only: the machine that deploys need not be an allowed caller.
      scmIpSecurityRestrictionsUseMain: false
      ipSecurityRestrictionsDefaultAction: empty(allowedIpRanges) ? 'Allow' : 'Deny'
      ipSecurityRestrictions: [
        for (range, index) in allowedIpRanges: {
          name: 'caller-${index + 1}'
          priority: 100 + index
          action: 'Allow'
          ipAddress: range
        }
      ]
    }
  }

  // A publishing password would be a shared key.
  resource noScmPassword 'basicPublishingCredentialsPolicies' = {
    name: 'scm'
    properties: { allow: false }
  }
}

output url string = 'https://${app.properties.defaultHostName}'
