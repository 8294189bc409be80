// azd runs this after it has provisioned. The keys are in the vault now: nothing of them stays in the azd environment,
// which is a file on this disk. A vault that was recovered exists: the next time it must not be recovered again.
import { setAzdValue } from './commands.js';

setAzdValue('NEW_TOKEN_ENCRYPTION_KEYS', '');
setAzdValue('NEW_CALLER_JWT_KEYS', '');
setAzdValue('RECOVER_VAULT', 'false');
