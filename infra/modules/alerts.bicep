// Who is told what, and what to do then. The queries read the events of src/telemetry/events.ts: one line each, its
// name, then its fields as JSON. A test holds the two together. The rules exist without a receiver, too: what they
// found stands in the portal.

import { workspaceName } from 'names.bicep'

@description('Makes names unique.')
@minLength(13)
@maxLength(13)
param token string
param location string
param tags object

@description('The time without a successful check that is too long.')
param silenceWindow string

param email string
@secure()
param webhook string

var anybodyListens = !empty(email) || !empty(webhook)

// Every query answers with rows only if somebody is to be told. A window is as long as the pause until the same happens
// again, so that an alert does not end and begin anew meanwhile: each run of the timer that may not log in says so, too.
var rules = [
  {
    id: 'rotation-failed'
    title: 'A rotation failed'
    what: 'Nothing new was got from Quartile, or it could not be saved. The live token is still served. Look at "code" and "culprit": README, Operate, rotation.failed. It tries again by itself; act when it stays.'
    severity: 2
    every: 'PT5M'
    window: 'PT1H'
    query: loadTextContent('../queries/rotation-failed.kql')
  }
  {
    id: 'no-successful-check'
    title: 'No successful check in two periods'
    what: 'The timer does not run, or every run fails. Look whether the app is started, at REFRESH_SCHEDULE, at the identity\'s roles on the storage account, and for settings.invalid in the log. Callers renew the token meanwhile.'
    severity: 1
    every: 'PT15M'
    window: silenceWindow
    query: loadTextContent('../queries/no-successful-check.kql')
  }
  {
    id: 'refresh-token-ends-soon'
    title: 'The refresh token ends in under 2 days'
    what: 'Renewals do not bring new refresh tokens any more. When this one ends only a login helps: see that username and password in the vault are right, then report the current generation (POST /api/token/refresh).'
    severity: 2
    every: 'PT30M'
    window: silenceWindow
    query: loadTextContent('../queries/refresh-token-ends-soon.kql')
  }
  {
    id: 'credentials-refused'
    title: 'Quartile refuses the credentials'
    what: 'Logins wait until the credentials change. Put the right QUARTILE-USERNAME, QUARTILE-PASSWORD or QUARTILE-SUBSCRIPTION-KEY into the vault and restart the app, before the live token ends.'
    severity: 1
    every: 'PT5M'
    window: 'PT6H'
    query: loadTextContent('../queries/credentials-refused.kql')
  }
  {
    id: 'http-5xx'
    title: 'Callers get HTTP 5xx'
    what: '500: settings are wrong, settings.invalid names them. 503: there is no live token, or the table is out of reach: token.withheld has the code, and README, What happens when, what to do.'
    severity: 2
    every: 'PT5M'
    window: 'PT15M'
    query: loadTextContent('../queries/http-5xx.kql')
  }
]

resource workspace 'Microsoft.OperationalInsights/workspaces@2023-09-01' existing = {
  name: workspaceName(token)
}

resource receivers 'Microsoft.Insights/actionGroups@2023-01-01' = if (anybodyListens) {
  name: 'ag-${token}'
  location: 'global'
  tags: tags
  properties: {
    enabled: true
    groupShortName: 'tokenkeeper'
    emailReceivers: empty(email) ? [] : [{ name: 'e-mail', emailAddress: email, useCommonAlertSchema: true }]
    webhookReceivers: empty(webhook) ? [] : [{ name: 'webhook', serviceUri: webhook, useCommonAlertSchema: true }]
  }
}

resource alerts 'Microsoft.Insights/scheduledQueryRules@2023-12-01' = [
  for rule in rules: {
    name: '${rule.id}-${token}'
    location: location
    tags: tags
    kind: 'LogAlert'
    properties: {
      displayName: rule.title
      description: rule.what
      severity: rule.severity
      enabled: true
      autoMitigate: true
      scopes: [workspace.id]
      evaluationFrequency: rule.every
      windowSize: rule.window
      // A new workspace may not have its tables yet, and that must not end the first deployment.
      skipQueryValidation: true
      criteria: {
        allOf: [
          {
            query: rule.query
            timeAggregation: 'Count'
            operator: 'GreaterThan'
            threshold: 0
            failingPeriods: { numberOfEvaluationPeriods: 1, minFailingPeriodsToAlert: 1 }
          }
        ]
      }
      actions: { actionGroups: anybodyListens ? [receivers.id] : [] }
    }
  }
]
