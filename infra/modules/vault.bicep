// The vault with all secrets of the app. The credentials are written through the control plane (ARM), so that a deployment
// works from a machine that cannot reach the vault. The hook infra/hooks/after-provision.js adds the keys the same way.

import { vaultName, workspaceName } from 'names.bicep'

@description('Makes names unique.')
@minLength(13)
@maxLength(13)
param token string
param location string
param tags object

@description('Whether it is reachable through a private endpoint only.')
param isPrivate bool

@description('The principal id of the identity of the app.')
param appPrincipalId string

@description('Whether each access is logged.')
param dataAccessLogs bool

@description('Whether to recover it instead of creating it. The name of a deleted vault stays taken for 90 days, and a purge is impossible.')
param recover bool

@secure()
param quartileUsername string
@secure()
param quartilePassword string
@secure()
param quartileSubscriptionKey string

var secretsUser = '4633458b-17de-408a-b874-0445c86b69e6'

resource workspace 'Microsoft.OperationalInsights/workspaces@2023-09-01' existing = {
  name: workspaceName(token)
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

  // A given value replaces the one in the vault. Without one, the vault keeps what it has, even if it was put there by hand.
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
}

// For the whole vault: it contains nothing else, and credentials may be added later.
resource role 'Microsoft.Authorization/roleAssignments@2022-04-01' = {
  name: guid(vault.id, appPrincipalId, secretsUser)
  scope: vault
  properties: {
    principalId: appPrincipalId
    principalType: 'ServicePrincipal'
    roleDefinitionId: subscriptionResourceId('Microsoft.Authorization/roleDefinitions', secretsUser)
  }
}

resource access 'Microsoft.Insights/diagnosticSettings@2021-05-01-preview' = if (dataAccessLogs) {
  name: 'data-access'
  scope: vault
  properties: { workspaceId: workspace.id, logs: [{ category: 'AuditEvent', enabled: true }] }
}
