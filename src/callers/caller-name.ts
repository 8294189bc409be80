import { createHash } from 'node:crypto';

/** Names stand in row keys, JWTs and logs, so that they are kept to what needs no escape anywhere. */
export const CALLER_NAME = /^[a-z0-9][a-z0-9._-]{0,63}$/;

/** Whether a caller can be called so. */
export function isCallerName(text: string): boolean {
  return CALLER_NAME.test(text);
}

/**
 * Where a login looks for its `client_id`. One that no caller can have is looked for all the same, under a key that no
 * name can be, so that it takes the same way as a name that nobody has.
 */
export function callerRowKey(clientId: string): string {
  return isCallerName(clientId) ? clientId : `-${createHash('sha256').update(clientId).digest('hex')}`;
}
