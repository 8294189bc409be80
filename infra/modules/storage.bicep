// One storage account for the host (timer lock, keys, package) and for the tokens. The app uses both with one identity, and
// the tokens are encrypted under keys that the account does not have.

import { packageContainerName, storageName, workspaceName } from 'names.bicep'

@description('Makes names unique.')
@minLength(13)
@maxLength(13)
param token string
param location string
param tags object

@description('Whether it is reachable through private endpoints only.')
param isPrivate bool

@description('The principal id of the identity of the app.')
param appPrincipalId string

@description('The object id of a developer or a group. Empty: none.')
param developerPrincipalId string

@description('Whether each access is logged.')
param dataAccessLogs bool

var blobDataOwner = 'b7e6dc6d-f1e8-4753-8033-0f276bb0955b'
var tableDataContributor = '0a9a7e1f-b9d0-4cc4-a60d-0319b160aaa3'
var accessCategories = [
  { category: 'StorageRead', enabled: true }
  { category: 'StorageWrite', enabled: true }
  { category: 'StorageDelete', enabled: true }
]

resource workspace 'Microsoft.OperationalInsights/workspaces@2023-09-01' existing = {
  name: workspaceName(token)
}

resource account 'Microsoft.Storage/storageAccounts@2024-01-01' = {
  name: storageName(token)
  location: location
  tags: tags
  kind: 'StorageV2'
  sku: { name: 'Standard_LRS' }
  properties: {
    accessTier: 'Hot'
    allowSharedKeyAccess: false
    allowBlobPublicAccess: false
    allowCrossTenantReplication: false
    defaultToOAuthAuthentication: true
    minimumTlsVersion: 'TLS1_2'
    supportsHttpsTrafficOnly: true
    publicNetworkAccess: isPrivate ? 'Disabled' : 'Enabled'
    networkAcls: { defaultAction: isPrivate ? 'Deny' : 'Allow', bypass: 'AzureServices' }
  }

  resource blobs 'blobServices' = {
    name: 'default'

    resource packages 'containers' = {
      name: packageContainerName
      properties: { publicAccess: 'None' }
    }
  }

  resource tables 'tableServices' = {
    name: 'default'
  }
}

// For the whole account: the host creates its own containers, and the app its tables.
resource roles 'Microsoft.Authorization/roleAssignments@2022-04-01' = [
  for role in [blobDataOwner, tableDataContributor]: {
    name: guid(account.id, appPrincipalId, role)
    scope: account
    properties: {
      principalId: appPrincipalId
      principalType: 'ServicePrincipal'
      roleDefinitionId: subscriptionResourceId('Microsoft.Authorization/roleDefinitions', role)
    }
  }
]

// No principalType: it may be a user or a group.
resource developerRole 'Microsoft.Authorization/roleAssignments@2022-04-01' = if (!empty(developerPrincipalId)) {
  name: guid(account.id, developerPrincipalId, tableDataContributor)
  scope: account
  properties: {
    principalId: developerPrincipalId
    roleDefinitionId: subscriptionResourceId('Microsoft.Authorization/roleDefinitions', tableDataContributor)
  }
}

resource blobAccess 'Microsoft.Insights/diagnosticSettings@2021-05-01-preview' = if (dataAccessLogs) {
  name: 'data-access'
  scope: account::blobs
  properties: { workspaceId: workspace.id, logs: accessCategories }
}

resource tableAccess 'Microsoft.Insights/diagnosticSettings@2021-05-01-preview' = if (dataAccessLogs) {
  name: 'data-access'
  scope: account::tables
  properties: { workspaceId: workspace.id, logs: accessCategories }
}
