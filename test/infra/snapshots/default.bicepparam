// The first `azd up`: only the place and the credentials are given.
using '../../../infra/main.bicep'

param name = 'keeper'
param location = 'westeurope'

// Invented. The snapshot contains the names of secure parameters, never their values.
param quartileUsername = 'keeper@example.com'
param quartilePassword = 'made-up-password'
param quartileSubscriptionKey = 'made-up-subscription-key'
