// Registers the functions; nothing else runs when this is loaded, and nothing here can throw: an entry file that
// throws hides every function from the host.
import './functions/refresh-tokens.ts';
import './functions/get-token.ts';
import './functions/report-refused-token.ts';
import './functions/get-health.ts';
import './functions/get-status.ts';
import './functions/log-in-caller.ts';
import './functions/renew-caller-access.ts';
import './functions/get-open-api.ts';
