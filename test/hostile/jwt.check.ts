import assert from 'node:assert/strict';
import { createServer, type Server } from 'node:http';
import { after, before, describe, it } from 'node:test';
import { createAzureCallerStore } from '../../src/callers/azure-callers.ts';
import type { TokenKind } from '../../src/callers/caller-token.ts';
import { STORE_REQUEST_TIMEOUT_MS } from '../../src/store/table-requests.ts';
import { openTable } from '../../src/store/azure-table.ts';
import { type Stack, startStack } from '../e2e/stack.ts';
import { caller, keySetting } from '../fixtures.ts';
import { wrongAuthorization } from './authorization.ts';
import { brokenBodies, oddlyLabelled, wrongCredentials, wrongGenerations } from './bodies.ts';
import { brokenMessages } from './broken-messages.ts';
import { damagedTokens, flipped, wrongClaims } from './damaged-tokens.ts';
import { bearing, swappedClaims, wrongAlgorithms, wrongHeaders, wrongKeys } from './forged-tokens.ts';
import { wrongMinTtls } from './min-ttl.ts';
import { trickyPaths } from './paths.ts';
import { CALLER, claimsOf, JWT_KEY, signed } from './token-parts.ts';
import type { Row } from './row.ts';
import { createWitness, type Witness } from './witness.ts';
import { type Request, write } from './wire.ts';

const MASTER_KEY = 'master-key-of-the-hostile-tests';
const bearer = (kind: TokenKind) => `Authorization: Bearer ${LASTING[kind]}`;

/** Good for all of the rows. */
const LASTING: Record<TokenKind, string> = {
  access: signed({ ...claimsOf('access'), exp: Math.floor(Date.now() / 1000) + 3600 }),
  refresh: signed({ ...claimsOf('refresh'), exp: Math.floor(Date.now() / 1000) + 3600 }),
};

const getToken: Request = { method: 'GET', target: '/api/token', headers: [bearer('access')] };
const report: Request = { method: 'POST', target: '/api/token/refresh', headers: [bearer('access')] };
const renew: Request = { method: 'GET', target: '/api/auth/refresh_token', headers: [bearer('refresh')] };
const logIn: Request = { method: 'POST', target: '/api/auth/login' };
const GENERATION = '{"generation":0}';
/** Whose login fails; a name of its own for each row, so that none has to wait. */
const nobody = (mark: string) => `{"client_id":"${mark}","client_secret":"x"}`;

/** Where keys would be fetched from, if they were. */
let keyServer: Server;
let fetched = 0;
function keyServerUrl(): string {
  const address = keyServer.address();
  return `http://127.0.0.1:${typeof address === 'object' ? address?.port : 0}/keys`;
}

function forgeries(kind: TokenKind, request: Request): Row[] {
  return bearing(
    (value) => write({ ...request, headers: [`Authorization: ${value}`] }),
    [
      ...wrongAlgorithms(kind),
      ...wrongHeaders(kind, keyServerUrl),
      ...wrongKeys(kind),
      ...swappedClaims(kind),
      ...wrongClaims(kind),
      ...damagedTokens(kind),
    ],
  );
}

const tables: Record<string, Row[]> = {
  'GET /api/token, by a forged token': forgeries('access', getToken),
  'GET /api/token, by another header': wrongAuthorization(getToken, () => LASTING.access),
  'GET /api/token, by a broken message': brokenMessages(getToken, '200'),
  'GET /api/token, by a tricky path': trickyPaths(getToken, '401'),
  'GET /api/token, by a wrong min_ttl': wrongMinTtls(getToken),
  'POST /api/token/refresh, by another header': wrongAuthorization(
    { ...report, body: GENERATION },
    () => LASTING.access,
  ),
  'POST /api/token/refresh, by a wrong generation': wrongGenerations(report),
  'GET /api/auth/refresh_token, by a forged token': forgeries('refresh', renew),
  'GET /api/auth/refresh_token, by another header': wrongAuthorization(renew, () => LASTING.refresh),
  'GET /api/auth/refresh_token, by a broken message': brokenMessages(renew, '200'),
  'POST /api/auth/login, by a broken message': brokenMessages({ ...logIn, body: '{}' }, '400 invalid_request'),
  'POST /api/auth/login, by a broken body': brokenBodies(logIn, nobody('x')),
  'POST /api/auth/login, by an oddly labelled body': oddlyLabelled(logIn, nobody, '401 invalid_client'),
  'POST /api/auth/login, by wrong credentials': wrongCredentials(logIn),
};

// What other hosts do with broken messages is theirs.
const skip = process.env.E2E_HOST === 'func' && 'the rows are about the built-in host';

describe("with callers' own tokens", { timeout: 120_000, skip }, () => {
  let stack: Stack;
  let witness: Witness;
  before(async () => {
    keyServer = createServer((_request, response) => response.end(String((fetched += 1)))).listen(0, '127.0.0.1');
    stack = await startStack({
      // Nothing that is sent may rotate, however long the rows take.
      settings: { CALLER_AUTH: 'jwt', CALLER_JWT_KEYS: keySetting(JWT_KEY), FORCED_REFRESH_COOLDOWN_SECONDS: '3600' },
      args: ['--enable-auth', '--function-key', 'function-key-of-the-hostile-tests', '--master-key', MASTER_KEY],
    });
    const { connectionString } = stack.azurite;
    const table = await openTable({ kind: 'connection-string', connectionString }, 'callers');
    await createAzureCallerStore(table, STORE_REQUEST_TIMEOUT_MS).write(caller(CALLER), undefined);
    witness = await createWitness({
      stack,
      host: stack.host,
      good: () => stack.host.getToken('', { authorization: `Bearer ${LASTING.access}` }),
      secrets: [MASTER_KEY, ...Object.values(LASTING)],
      watch: () => fetched,
    });
  });
  after(async () => {
    keyServer.close();
    await stack.stop();
  });

  for (const [name, rows] of Object.entries(tables)) {
    describe(name, () => {
      for (const row of rows) it(`${row.what}: ${row.outcomes.join(' or ')}`, () => witness.see(row));
    });
  }

  const routes = { access: '/api/token', refresh: '/api/auth/refresh_token' } as const;
  for (const kind of ['access', 'refresh'] as const) {
    it(`knows no ${kind} token by which a single character has changed`, async () => {
      const statuses = await Promise.all(
        flipped(kind).map(async (token) => {
          const answer = await fetch(stack.host.url + routes[kind], { headers: { authorization: `Bearer ${token}` } });
          return answer.status;
        }),
      );
      assert.deepEqual([...new Set(statuses)], [401], `${statuses.length} of them`);
    });
  }
});
