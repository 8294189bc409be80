/**
 * The client of the token service, for whoever calls Quartile. It depends on nothing: only `fetch`, timers and
 * `AbortSignal`, of Node 20 or later. It keeps to what browsers have, too, but the service sends no CORS headers.
 */
export { TokenSourceError, type TokenSourceErrorCode } from './errors.ts';
export type { AxiosLike, AxiosSender } from './attach-to-axios.ts';
export type { TokenSourceOptions } from './options.ts';
export { createTokenSource, type TokenSource } from './token-source.ts';
export type { CurrentToken, GetTokenOptions } from './token-keeping.ts';
