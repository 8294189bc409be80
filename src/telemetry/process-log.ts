import type { Log } from './log.ts';

/** For work that outlives the invocation that started it. Azure files these lines under the app, not the invocation. */
export const processLog: Log = {
  info: (message) => console.info(message),
  warn: (message) => console.warn(message),
  error: (message) => console.error(message),
};
