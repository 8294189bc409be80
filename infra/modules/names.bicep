// Every name that more than one module uses. The names depend on the token alone and are never the output of a deployment,
// so that a snapshot contains the real ids and tests can read them.

@export()
func identityName(token string) string => 'id-${token}'

@export()
func storageName(token string) string => 'st${token}'

@export()
func vaultName(token string) string => 'kv-${token}'

@export()
func workspaceName(token string) string => 'log-${token}'

@export()
func insightsName(token string) string => 'appi-${token}'

@export()
func networkName(token string) string => 'vnet-${token}'

@export()
var packageContainerName = 'app-package'

@export()
var appSubnetName = 'app'

@export()
func appName(token string) string => 'keeper-${token}'
