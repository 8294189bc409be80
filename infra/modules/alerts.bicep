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

@description('The time without a successful check that is too long. Empty: two periods of the schedule.')
param silenceWindow string
param schedule string

param email string
@secure()
param webhook string

@export()
@description('Two of the longest periods of an NCRONTAB schedule, as the shortest window an alert can have that is no shorter. What it cannot read gets the longest window there is.')
func twoPeriodsOf(schedule string) string =>
  windowFor(2 * minutesBetween(filter(split(schedule, ' '), part => !empty(part))))

// Six fields: second, minute, hour, day, month, weekday. Of what runs every day it knows the longest pause, or a longer
// one; 0 stands for a day and more.
func minutesBetween(fields string[]) int =>
  length(fields) != 6 || join(skip(fields, 3), ' ') != '* * *'
    ? 0
    : stepOf(fields[2]) == 1 ? (stepOf(fields[1]) == 0 ? 60 : stepOf(fields[1])) : 60 * stepOf(fields[2])

// "*" is 1, "*/N" is N, and whatever else there is 0.
func stepOf(field string) int =>
  field == '*'
    ? 1
    : startsWith(field, '*/') && !contains(field, ',') && !contains(field, '-') ? int(substring(field, 2)) : 0

func windowFor(minutes int) string =>
  minutes == 0 || minutes > 1440
    ? 'P2D'
    : minutes > 360
        ? 'P1D'
        : minutes > 60 ? 'PT${(minutes + 59) / 60}H' : minutes > 45 ? 'PT1H' : minutes > 30 ? 'PT45M' : 'PT30M'

var anybodyListens = !empty(email) || !empty(webhook)

// Every query answers with rows only while somebody is to be told. An alert ends by itself when its query has found nothing for
// two or three runs, so each window has to reach over the longest pause between two signs that the trouble stands:
// a rotation is tried at the latest when a token ends, after 12 hours; a run of the timer says something each time.
// https://learn.microsoft.com/azure/azure-monitor/alerts/alerts-overview#stateful-alerts
var rules = [
  {
    id: 'rotation-failed'
    title: 'A rotation failed'
    what: 'Nothing new was got from Quartile, or it could not be saved. The live token is still served. Look at "code" and "culprit": README, Operate, rotation.failed. It tries again by itself; act when it stays.'
    severity: 2
    every: 'PT5M'
    window: 'P1D'
    query: loadTextContent('../queries/rotation-failed.kql')
  }
  {
    id: 'no-successful-check'
    title: 'No successful check in two periods'
    what: 'The timer does not run, or every run fails. Look whether the app is started, at REFRESH_SCHEDULE, at the identity\'s roles on the storage account, for settings.invalid in the log, and whether the log has reached its cap of the day. Callers renew the token meanwhile.'
    severity: 1
    every: 'PT15M'
    window: empty(silenceWindow) ? twoPeriodsOf(schedule) : silenceWindow
    query: loadTextContent('../queries/no-successful-check.kql')
  }
  {
    id: 'refresh-token-ends-soon'
    title: 'The refresh token ends in under 2 days'
    what: 'Renewals do not bring new refresh tokens any more. When this one ends only a login helps: see that username and password in the vault are right, then report the current generation (POST /api/token/refresh).'
    severity: 2
    every: 'PT30M'
    window: 'P2D'
    query: loadTextContent('../queries/refresh-token-ends-soon.kql')
  }
  {
    id: 'credentials-refused'
    title: 'Quartile refuses the credentials'
    what: 'Logins wait until the credentials change. Put the right QUARTILE-USERNAME, QUARTILE-PASSWORD or QUARTILE-SUBSCRIPTION-KEY into the vault and run infra/refresh-secrets.js, before the live token ends.'
    severity: 1
    every: 'PT5M'
    window: 'P1D'
    query: loadTextContent('../queries/credentials-refused.kql')
  }
  {
    id: 'http-5xx'
    title: 'Callers get HTTP 5xx'
    what: '500: settings are wrong, settings.invalid names them. 503: there is no live token, or the table is out of reach: token.withheld has the code, and README, What happens when, what to do.'
    severity: 2
    every: 'PT5M'
    window: 'PT1H'
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
