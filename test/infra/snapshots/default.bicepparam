// What `azd up` deploys first: nothing said but where, and the credentials.
using '../../../infra/main.bicep'

param name = 'keeper'
param location = 'westeurope'

// Made up, of course: the snapshot names secure parameters and never has their values.
param quartileUsername = 'keeper@example.com'
param quartilePassword = 'made-up-password'
param quartileSubscriptionKey = 'made-up-subscription-key'
param newTokenEncryptionKeys = 'made-up:encryption-key'
param newCallerJwtKeys = 'made-up:jwt-key'
