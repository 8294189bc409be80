/** The part of an invocation's context that logs; in Azure it ties each line to its invocation. */
export type Log = {
  info(message: string): void;
  warn(message: string): void;
  error(message: string): void;
};
