// Two instances that are always there, large ones, in the place of a vault that was deleted.
using '../../../infra/main.bicep'

param name = 'keeper'
param location = 'westeurope'

// Made up, of course: the snapshot names secure parameters and never has their values.
param quartileUsername = 'keeper@example.com'
param quartilePassword = 'made-up-password'
param quartileSubscriptionKey = 'made-up-subscription-key'
param newTokenEncryptionKeys = 'made-up:encryption-key'
param newCallerJwtKeys = 'made-up:jwt-key'

param instanceMemoryMB = 4096
param maximumInstances = 100
param alwaysReadyInstances = 2
param recoverVault = true
param silenceWindow = 'PT3H'
param logGbPerDay = 20
