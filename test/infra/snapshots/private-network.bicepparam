// Storage and vault behind private endpoints, and only one range of addresses that may call.
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
