import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import { inspect } from 'node:util';
import { RestError } from '@azure/data-tables';
import axios from 'axios';
import { findFreePort } from '../../src/local/ports.ts';
import { openTable } from '../../src/store/azure-table.ts';
import { describeUnexpected } from '../../src/telemetry/unexpected-error.ts';

const SECRET = 'a-secret-of-this-test';

async function thrownBy(work: () => unknown): Promise<unknown> {
  try {
    await work();
  } catch (error) {
    return error;
  }
  throw new Error('Nothing was thrown');
}

describe('an unexpected error', () => {
  it('is described by its name, its code and its place', async () => {
    const error = await thrownBy(() => new URL(SECRET));
    const { at, ...told } = describeUnexpected(error);
    assert.deepEqual(told, { error: 'TypeError', code: 'ERR_INVALID_URL' });
    assert.match(at.join('\n'), /unexpected-error\.test\.ts:\d+:\d+/);
    assert.ok(at.length <= 5);
  });

  it('is described without the request that an HTTP client attaches to its errors', async () => {
    const port = await findFreePort();
    const url = `http://127.0.0.1:${port}/${SECRET}`;
    const byAxios = await thrownBy(() =>
      axios.post(url, { password: SECRET }, { headers: { 'Subscription-Key': SECRET }, proxy: false }),
    );
    assert.ok(inspect(byAxios).includes(SECRET), 'the error itself contains the secret');
    const connectionString = `TableEndpoint=http://127.0.0.1:${port}/a;SharedAccessSignature=sig=${SECRET}`;
    const table = await openTable({ kind: 'connection-string', connectionString }, 'tokens');
    const byAzure = await thrownBy(() => table.getEntity('default', SECRET));
    assert.ok(byAzure instanceof RestError);
    for (const error of [byAxios, byAzure]) {
      const told = describeUnexpected(error);
      assert.ok(!JSON.stringify(told).includes(SECRET));
      assert.equal(told.code === 'ECONNREFUSED' || told.code === 'REQUEST_SEND_ERROR', true, told.code);
    }
  });

  it('is described without its message, its cause and its other properties', async () => {
    const errors = [
      await thrownBy(() => JSON.parse(SECRET)),
      new Error(`first line\n    at ${SECRET} (x.js:1:1)`, { cause: SECRET }),
      Object.assign(new Error(SECRET), { name: `${SECRET} and more`, code: { secret: SECRET }, token: SECRET }),
      SECRET,
      { secret: SECRET },
      undefined,
    ];
    for (const error of errors) assert.ok(!JSON.stringify(describeUnexpected(error)).includes(SECRET));
    assert.deepEqual(describeUnexpected(SECRET), { error: 'not an Error but string', at: [] });
  });
});
