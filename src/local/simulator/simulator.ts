/**
 * A strict simulator of Quartile's authorization API, for local runs and tests: HTTP or HTTPS on one port.
 *
 * Quartile's own routes, base path `/auth/v2`: `POST /login` and `POST /refresh`. A spent, expired, revoked or unknown
 * refresh token gets 401; so do wrong credentials; a wrong or missing `Subscription-Key` gets 401 in the gateway's form.
 *
 * Control routes (JSON; 400 `{"issues": […]}` for a bad body):
 * - `GET /simulator/stats` → `{logins, refreshes, requests: {login, refresh}, refused: {subscriptionKey, credentials,
 *   spentRefreshToken, expiredRefreshToken, unknownRefreshToken, malformed}, faults, held}`
 * - `POST /simulator/faults` `{on: 'login'|'refresh'|'any', times?: 1, fault}` → 201, the rule. The first rule that
 *   matches and has uses left strikes; `times: null` strikes until it is cleared. A fault is one of
 *   `{kind: 'status', status, headers?, body?}` answered without processing; body: text, or an object for JSON
 *   `{kind: 'delay', ms}` then processed normally
 *   `{kind: 'hang', processed}` never answered
 *   `{kind: 'hold', processed}` not answered before `release`; processed then, if it was not yet
 *   `{kind: 'disconnect', processed}` the connection breaks instead of an answer
 *   `{kind: 'partial'}` processed; the connection breaks after half of the body
 *   `{kind: 'body', body, contentType?, status?}` processed; answered with this body, and 201 if not said otherwise
 *   `{kind: 'token-set', patch}` processed; a token set is changed by a JSON Merge Patch (null deletes a field)
 * - `DELETE /simulator/faults` → `{cleared}` · `POST /simulator/release` → `{released}`
 * - `POST /simulator/reset` → `{reset: true}`: forgets sessions, counters and faults, closes held connections
 * - `PATCH /simulator/settings` `{accessLifeSeconds?, refreshLifeSeconds?, spelling?, username?, password?,
 *   subscriptionKey?}` → the first three as they are now
 * - `POST /simulator/revoke` `{what: 'access'|'refresh'|'all'}` → `{revoked: {access, refresh}}`
 * - `GET /simulator/live` with `Authorization: Bearer …` → 200 `{live: true, expiresIn}` or 401 `{live: false}`
 */
import { createServer, type RequestListener, type Server } from 'node:http';
import { createServer as createSecureServer } from 'node:https';
import { type Controls, createControls, type SimulatorState } from './controls.ts';
import { createFaultList } from './faults.ts';
import { createHeldAnswers } from './held-answers.ts';
import { BASE_PATH, type RequestLogEntry, serve } from './serving.ts';
import { createSessions } from './sessions.ts';
import { settingsSchema, type Spelling } from './settings.ts';
import { createStatistics } from './statistics.ts';
import type { TokenPair } from './token-sets.ts';

export interface SimulatorOptions {
  /** Default 0: any free port. */
  readonly port?: number;
  /** The address to listen on. Default `127.0.0.1`. */
  readonly host?: string;
  /** Serve HTTPS, with a certificate for `host` and `localhost` that is created at the start. Default false. */
  readonly https?: boolean;
  readonly username: string;
  readonly password: string;
  readonly subscriptionKey: string;
  /** Whole seconds, 1 or more. Default 43,200 (12 hours). */
  readonly accessLifeSeconds?: number;
  /** Whole seconds, 1 or more. Default 1,209,600 (14 days). */
  readonly refreshLifeSeconds?: number;
  /** How the fields of a token set are spelled. Default `camelCase`. */
  readonly spelling?: Spelling;
  /** The clock, in milliseconds since 1970. Default `Date.now`. */
  readonly now?: () => number;
  /** Told of every request once it is over. */
  readonly onRequest?: (entry: RequestLogEntry) => void;
  /** Told of every pair as it is issued, whether or not a fault lets it get through. Nothing else keeps the tokens. */
  readonly onIssued?: (pair: TokenPair) => void;
}

export interface Simulator extends Controls {
  /** `http://127.0.0.1:PORT`, or `https://…` */
  readonly url: string;
  /** The certificate to trust (PEM), in https mode. Node trusts it if `NODE_EXTRA_CA_CERTS` names a file of it. */
  readonly certificate: string | undefined;
  /** `url` + `/auth/v2`: what `QUARTILE_BASE_URL` is to be. */
  readonly baseUrl: string;
  /** Ends all connections, the hanging ones too. May be called again. */
  close(): Promise<void>;
}

/**
 * Starts a simulator; it listens when the promise is fulfilled.
 * @throws zod's error for a bad option; Node's (`code` `EADDRINUSE` and others) when it cannot listen
 */
export async function startSimulator(options: SimulatorOptions): Promise<Simulator> {
  const { port = 0, host = '127.0.0.1', https = false, now = Date.now, onRequest, onIssued, ...settings } = options;
  const state: SimulatorState = {
    settings: settingsSchema.parse(settings),
    statistics: createStatistics(),
    sessions: createSessions(),
    faults: createFaultList(),
    held: createHeldAnswers(),
  };
  const closing = new AbortController();
  const controls = createControls(state, now);
  const listeners = { onRequest: onRequest ?? (() => {}), onIssued: onIssued ?? (() => {}) };
  const runtime = { state, controls, closing: closing.signal, now, ...listeners };
  const listener: RequestListener = (message, response) => void serve(message, response, runtime);
  const certificate = https ? (await import('./certificate.ts')).createCertificate([host, 'localhost']) : undefined;
  const server = certificate ? createSecureServer(certificate, listener) : createServer(listener);
  const url = `${https ? 'https' : 'http'}://${host}:${await listen(server, port, host)}`;
  let closed: Promise<void> | undefined;
  const close = (): Promise<void> => (closed ??= closeServer(server, closing));
  return { ...controls, url, baseUrl: url + BASE_PATH, certificate: certificate?.cert, close };
}

function listen(server: Server, port: number, host: string): Promise<number> {
  return new Promise((resolve, reject) => {
    server.once('error', reject);
    server.listen(port, host, () => {
      const address = server.address();
      resolve(typeof address === 'object' && address !== null ? address.port : port);
    });
  });
}

function closeServer(server: Server, closing: AbortController): Promise<void> {
  return new Promise((resolve) => {
    closing.abort();
    server.close(() => resolve());
    server.closeAllConnections();
  });
}
