// Callers with their own tokens, another schedule, receivers for the alerts, a developer. No credentials: a later deployment.
using '../../../infra/main.bicep'

param name = 'keeper'
param location = 'westeurope'

param callerAuth = 'jwt'
param schedule = '0 */10 * * * *'
param marginMinutes = 90
param otherSettings = { CALLER_ACCESS_MINUTES: '5' }
param alertEmail = 'operators@example.com'
param alertWebhook = 'https://hooks.example.com/made-up-path'
param developerPrincipalId = '00000000-0000-4000-8000-000000000003'
