import { after, before, describe, it } from 'node:test';
import { type Stack, startStack } from '../e2e/stack.ts';
import { brokenBodies, oddlyLabelled, wrongGenerations } from './bodies.ts';
import { brokenMessages } from './broken-messages.ts';
import { adminRequests, wrongKeys } from './keys.ts';
import { wrongMinTtls } from './min-ttl.ts';
import { trickyPaths } from './paths.ts';
import type { Row } from './row.ts';
import { createWitness, type Witness } from './witness.ts';
import type { Request } from './wire.ts';

const KEY = 'function-key-of-the-hostile-tests';
const MASTER_KEY = 'master-key-of-the-hostile-tests';

const headers = [`x-functions-key: ${KEY}`];
const getToken: Request = { method: 'GET', target: '/api/token', headers };
const report: Request = { method: 'POST', target: '/api/token/refresh', headers };
const health: Request = { method: 'GET', target: '/api/health' };

const tables: Record<string, Row[]> = {
  'GET /api/token, by a broken message': brokenMessages(getToken, '200'),
  'GET /api/token, by a tricky path': trickyPaths(getToken, '403'),
  'GET /api/token, by a wrong min_ttl': wrongMinTtls(getToken),
  'GET /api/token, by a wrong key': wrongKeys(getToken, { key: KEY, masterKey: MASTER_KEY }),
  'POST /api/token/refresh, by a broken message': brokenMessages({ ...report, body: '{"generation":0}' }, '200'),
  'POST /api/token/refresh, by a broken body': brokenBodies(report, '{"generation":0}'),
  'POST /api/token/refresh, by an oddly labelled body': oddlyLabelled(report, () => '{"generation":0}', '200'),
  'POST /api/token/refresh, by a wrong generation': wrongGenerations(report),
  'GET /api/health, by a broken message': brokenMessages(health, '200'),
  '/admin': adminRequests({ key: KEY, masterKey: MASTER_KEY }),
};

// Other hosts treat broken messages in their own way.
const skip = process.env.E2E_HOST === 'func' && 'the rows describe the built-in host';

describe('with function keys', { timeout: 120_000, skip }, () => {
  let stack: Stack;
  let witness: Witness;
  before(async () => {
    stack = await startStack({
      // No row may rotate, however long the table takes.
      settings: { FORCED_REFRESH_COOLDOWN_SECONDS: '3600' },
      args: ['--enable-auth', '--function-key', KEY, '--master-key', MASTER_KEY],
    });
    const good = () => stack.host.getToken('', { 'x-functions-key': KEY });
    witness = await createWitness({ stack, host: stack.host, good, secrets: [KEY, MASTER_KEY] });
  });
  after(() => stack.stop());

  for (const [name, rows] of Object.entries(tables)) {
    describe(name, () => {
      for (const row of rows) it(`${row.what}: ${row.outcomes.join(' or ')}`, () => witness.see(row));
    });
  }
});
