// azd runs this before it takes a deployment down.
import { say } from './commands.js';
import { sayHowToLeaveNetwork } from './network.js';

const { PRIVATE_NETWORK: isPrivate, AZURE_FUNCTION_APP_NAME: app, AZURE_RESOURCE_GROUP: group } = process.env;

if (isPrivate === 'true' && app && group) {
  say(
    'The app is in the private network. After the app is deleted, Azure may refuse to delete its subnet. Run this first:',
  );
  sayHowToLeaveNetwork({ app, group });
}
