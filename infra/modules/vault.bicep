// The vault with all secrets of the app. They are written through the control plane (ARM), so that this works for a
// vault that the machine of whoever deploys cannot reach, too.

import { identityName, vaultName } from 'names.bicep'

@description('Makes names unique.')
@minLength(13)
@maxLength(13)
param token string
param location string
param tags object

@description('Whether only a private endpoint leads to it.')
param isPrivate bool

@description('Whether it is recovered instead of made. A deleted vault keeps its name for 90 days, and nobody can purge it.')
param recover bool

@secure()
param quartileUsername string
@secure()
param quartilePassword string
@secure()
param quartileSubscriptionKey string
@secure()
param newTokenEncryptionKeys string
@secure()
param newCallerJwtKeys string

var secretsUser = '4633458b-17de-408a-b874-0445c86b69e6'

resource identity 'Microsoft.ManagedIdentity/userAssignedIdentities@2023-01-31' existing = {
  name: identityName(token)
}

resource vault 'Microsoft.KeyVault/vaults@2024-11-01' = {
  name: vaultName(token)
  location: location
  tags: tags
  properties: {
    createMode: recover ? 'recover' : 'default'
    tenantId: tenant().tenantId
    sku: { family: 'A', name: 'standard' }
    enableRbacAuthorization: true
    enableSoftDelete: true
    enablePurgeProtection: true
    softDeleteRetentionInDays: 90
    publicNetworkAccess: isPrivate ? 'Disabled' : 'Enabled'
    networkAcls: { defaultAction: isPrivate ? 'Deny' : 'Allow', bypass: 'AzureServices' }
  }

  // Credentials: a value that is given replaces the one in the vault; without one nothing is touched, so that what
  // was put there by hand stays.
  resource username 'secrets' = if (!empty(quartileUsername)) {
    name: 'QUARTILE-USERNAME'
    properties: { value: quartileUsername }
  }

  resource password 'secrets' = if (!empty(quartilePassword)) {
    name: 'QUARTILE-PASSWORD'
    properties: { value: quartilePassword }
  }

  resource subscriptionKey 'secrets' = if (!empty(quartileSubscriptionKey)) {
    name: 'QUARTILE-SUBSCRIPTION-KEY'
    properties: { value: quartileSubscriptionKey }
  }

  // Keys: the first deployment's stay for ever, whatever later ones bring. Another encryption key would make every
  // stored row unreadable. They are replaced in the vault, in the order that the README gives.
  @onlyIfNotExists()
  resource encryptionKeys 'secrets' = if (!empty(newTokenEncryptionKeys)) {
    name: 'TOKEN-ENCRYPTION-KEYS'
    properties: { value: newTokenEncryptionKeys }
  }

  @onlyIfNotExists()
  resource jwtKeys 'secrets' = if (!empty(newCallerJwtKeys)) {
    name: 'CALLER-JWT-KEYS'
    properties: { value: newCallerJwtKeys }
  }
}

// On the vault, not on each secret: it holds nothing else, and credentials may come later.
resource role 'Microsoft.Authorization/roleAssignments@2022-04-01' = {
  name: guid(vault.id, identity.id, secretsUser)
  scope: vault
  properties: {
    principalId: identity.properties.principalId
    principalType: 'ServicePrincipal'
    roleDefinitionId: subscriptionResourceId('Microsoft.Authorization/roleDefinitions', secretsUser)
  }
}
