// Storage and vault behind private endpoints, only some addresses that may call, and a timer that runs seldom.
using '../../../infra/main.bicep'

param name = 'keeper'
param location = 'westeurope'

// Made up, of course: the snapshot names secure parameters and never has their values.
param quartileUsername = 'keeper@example.com'
param quartilePassword = 'made-up-password'
param quartileSubscriptionKey = 'made-up-subscription-key'
param newTokenEncryptionKeys = 'made-up:encryption-key'
param newCallerJwtKeys = 'made-up:jwt-key'

param privateNetwork = true
param allowedIpRanges = ['203.0.113.0/24', '198.51.100.7/32']

param schedule = '0 15 */2 * * *'
param marginMinutes = 180
