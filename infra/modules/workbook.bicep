// The workbook with the charts: infra/workbook.json, as the portal's editor exports it.

import { workspaceName } from 'names.bicep'

@description('Makes names unique.')
@minLength(13)
@maxLength(13)
param token string
param location string
param tags object

resource workspace 'Microsoft.OperationalInsights/workspaces@2023-09-01' existing = {
  name: workspaceName(token)
}

resource workbook 'Microsoft.Insights/workbooks@2023-06-01' = {
  name: guid(workspace.id, 'quartile-token-keeper')
  location: location
  tags: tags
  kind: 'shared'
  properties: {
    displayName: 'Quartile token keeper'
    category: 'workbook'
    sourceId: workspace.id
    serializedData: string(union(loadJsonContent('../workbook.json'), { fallbackResourceIds: [workspace.id] }))
  }
}
