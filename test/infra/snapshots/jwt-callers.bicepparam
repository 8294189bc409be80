// Callers with tokens of their own, at another pace, with receivers for the alerts. Without secrets: a later deployment.
using '../../../infra/main.bicep'

param name = 'keeper'
param location = 'westeurope'

param callerAuth = 'jwt'
param schedule = '0 */10 * * * *'
param marginMinutes = 90
param otherSettings = { CALLER_ACCESS_MINUTES: '5' }
param alertEmail = 'operators@example.com'
param alertWebhook = 'https://hooks.example.com/made-up-path'
