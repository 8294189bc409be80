// The alerts. Each description says what to do. The queries read the events of src/telemetry/events.ts: one line for each event,
// its name, then its fields as JSON. A test compares the two. Without a receiver, fired alerts are visible in the portal only.

import { workspaceName } from 'names.bicep'

@description('Makes names unique.')
@minLength(13)
@maxLength(13)
param token string
param location string
param tags object

@description('How long the app may go without a successful check. Empty: two periods of the schedule.')
param silenceWindow string
param schedule string

param email string
@secure()
param webhook string

@export()
@description('The shortest window of an alert that covers two of the longest periods of an NCRONTAB schedule. A schedule that it cannot read has the longest window that Azure allows.')
func twoPeriodsOf(schedule string) string =>
  windowFor(2 * minutesBetween(filter(split(schedule, ' '), part => !empty(part))))

// The fields are second, minute, hour, day, month and weekday. For a schedule that runs every day, the result is its longest pause
// or more. 0 means a day or more.
func minutesBetween(fields string[]) int =>
  length(fields) != 6 || join(skip(fields, 3), ' ') != '* * *'
    ? 0
    : stepOf(fields[2]) == 1 ? (stepOf(fields[1]) == 0 ? 60 : stepOf(fields[1])) : 60 * stepOf(fields[2])

// "*" is 1, "*/N" is N, and anything else is 0.
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

var hasReceiver = !empty(email) || !empty(webhook)

// A query returns rows while its alert should fire. Azure resolves an alert when its query returned none in two or three runs,
// so each window is longer than the longest pause between two signs of the same problem: a rotation is tried at the latest when
// a token expires, after 12 hours, and each run of the timer logs an event.
// https://learn.microsoft.com/azure/azure-monitor/alerts/alerts-overview#stateful-alerts
var rules = [
  {
    id: 'rotation-failed'
    title: 'A rotation failed'
    what: 'Quartile returned no new tokens, or they could not be saved. Callers still receive the current token while it is valid. See "code" and "culprit" of the event in infra/README.md, Events. The next run retries: act if the alert does not resolve.'
    severity: 2
    every: 'PT5M'
    window: 'P1D'
    query: loadTextContent('../queries/rotation-failed.kql')
  }
  {
    id: 'no-successful-check'
    title: 'No successful check in two periods'
    what: 'The timer does not run, or every run fails. Check whether the app is started, REFRESH_SCHEDULE, the roles of the identity on the storage account, settings.invalid in the log, and the daily cap of the log. Meanwhile callers renew the token.'
    severity: 1
    every: 'PT15M'
    window: empty(silenceWindow) ? twoPeriodsOf(schedule) : silenceWindow
    query: loadTextContent('../queries/no-successful-check.kql')
  }
  {
    id: 'refresh-token-ends-soon'
    title: 'The refresh token expires in under 2 days'
    what: 'Renewals no longer bring new refresh tokens. After this one has expired, only a login helps. Check that username and password in the vault are correct, then report the current generation (POST /api/token/refresh).'
    severity: 2
    every: 'PT30M'
    window: 'P2D'
    query: loadTextContent('../queries/refresh-token-ends-soon.kql')
  }
  {
    id: 'credentials-refused'
    title: 'Quartile refuses the credentials'
    what: 'Logins wait until the credentials change. Put the correct QUARTILE-USERNAME, QUARTILE-PASSWORD or QUARTILE-SUBSCRIPTION-KEY into the vault and run infra/refresh-secrets.js before the current token expires.'
    severity: 1
    every: 'PT5M'
    window: 'P1D'
    query: loadTextContent('../queries/credentials-refused.kql')
  }
  {
    id: 'http-5xx'
    title: 'Callers receive HTTP 5xx'
    what: '500: a setting is wrong, and settings.invalid names it. 503: there is no valid token, or the table is unreachable. See "code" of token.withheld in infra/README.md, Faults.'
    severity: 2
    every: 'PT5M'
    window: 'PT1H'
    query: loadTextContent('../queries/http-5xx.kql')
  }
]

resource workspace 'Microsoft.OperationalInsights/workspaces@2023-09-01' existing = {
  name: workspaceName(token)
}

resource receivers 'Microsoft.Insights/actionGroups@2023-01-01' = if (hasReceiver) {
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
      // A new workspace may not have its tables yet, which must not fail the first deployment.
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
      actions: { actionGroups: hasReceiver ? [receivers.id] : [] }
    }
  }
]
