// Storage and vault behind private endpoints, a list of allowed addresses, and a timer that runs every two hours.
using '../../../infra/main.bicep'

param name = 'keeper'
param location = 'westeurope'

// Invented. The snapshot contains the names of secure parameters, never their values.
param quartileUsername = 'keeper@example.com'
param quartilePassword = 'made-up-password'
param quartileSubscriptionKey = 'made-up-subscription-key'

param privateNetwork = true
param allowedIpRanges = ['203.0.113.0/24', '198.51.100.7/32']

param schedule = '0 15 */2 * * *'
param marginMinutes = 180
