// Two large instances that always run, on Node 22, in the place of a deleted vault, without the logs of data access.
using '../../../infra/main.bicep'

param name = 'keeper'
param location = 'westeurope'

// Invented. The snapshot contains the names of secure parameters, never their values.
param quartileUsername = 'keeper@example.com'
param quartilePassword = 'made-up-password'
param quartileSubscriptionKey = 'made-up-subscription-key'

param instanceMemoryMB = 4096
param maximumInstances = 100
param alwaysReadyInstances = 2
param recoverVault = true
param silenceWindow = 'PT3H'
param logGbPerDay = 20
param perInstanceConcurrency = 16
param nodeVersion = '22'
param dataAccessLogs = false
