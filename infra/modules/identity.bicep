// The one identity of the app. What it may do stands beside each thing that it may do it to.

import { identityName } from 'names.bicep'

@description('Makes names unique.')
@minLength(13)
@maxLength(13)
param token string
param location string
param tags object

resource identity 'Microsoft.ManagedIdentity/userAssignedIdentities@2023-01-31' = {
  name: identityName(token)
  location: location
  tags: tags
}

output clientId string = identity.properties.clientId
