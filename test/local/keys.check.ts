import assert from 'node:assert/strict';
import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { after, before, describe, it } from 'node:test';
import { fileURLToPath } from 'node:url';
import { type Azurite, startAzurite } from '../../src/local/azurite.ts';
import { describeKeys } from '../../src/local/keys/keyed-rows.ts';
import { findFreePort } from '../../src/local/ports.ts';
import { readKeyRing } from '../../src/settings/key-ring.ts';
import { createAzureTableStore, openTable } from '../../src/store/azure-table.ts';
import { bareEnv } from '../e2e/running-host.ts';
import { keyRing, keySetting, rowHolding, tokenRow, tokenSet } from '../fixtures.ts';

const root = fileURLToPath(new URL('../../', import.meta.url));

/** Runs `npm run keys`, without npm. */
async function keys(args: readonly string[], env: Record<string, string> = {}) {
  const child = spawn(process.execPath, ['src/local/launch.js', 'src/local/keys/main.ts', ...args], {
    cwd: root,
    env: { ...bareEnv(), TOKEN_STORAGE: '', TOKEN_TABLE: '', ...env },
    stdio: ['ignore', 'pipe', 'pipe'],
  });
  const output = { stdout: '', stderr: '' };
  for (const name of ['stdout', 'stderr'] as const) child[name].on('data', (chunk) => (output[name] += String(chunk)));
  const [code] = await once(child, 'close');
  return { ...output, code: Number(code) };
}

describe('npm run keys', { timeout: 120_000 }, () => {
  let azurite: Azurite;
  before(async () => {
    azurite = await startAzurite();
  });
  after(() => azurite.stop());

  it('new prints a key that the settings accept, in Azure too, and nothing else', async () => {
    const { stdout, stderr, code } = await keys(['new']);
    assert.deepEqual([code, stderr], [0, '']);
    assert.ok(readKeyRing(stdout.trimEnd(), { inAzure: true }).ok);
    assert.notEqual((await keys(['new'])).stdout, stdout);
  });

  it('list shows the key of each row, and changes nothing', async () => {
    const env = {
      AzureWebJobsStorage: azurite.connectionString,
      TOKEN_ENCRYPTION_KEYS: [keySetting('new'), keySetting('old'), keySetting('older')].join(','),
    };
    assert.match((await keys(['list'], env)).stdout, /Rows of the table tokens:\n {2}none\n$/);
    const table = await openTable({ kind: 'connection-string', connectionString: azurite.connectionString }, 'tokens');
    const store = createAzureTableStore(table, keyRing('old'));
    const long = { accessToken: 'x'.repeat(50_000) };
    for (const account of ['one', 'two']) await store.write(rowHolding(long, { account }), undefined);
    const elsewhere = createAzureTableStore(table, keyRing('lost'));
    await elsewhere.write(tokenRow({ account: 'three' }), undefined);
    const etag = (await store.read('one'))?.etag;
    const { stdout, code } = await keys(['list'], env);
    assert.equal(code, 0);
    assert.equal(
      stdout,
      [
        'Keys of TOKEN_ENCRYPTION_KEYS:',
        '  new    0 rows   the first key: encrypts new rows',
        '  old    2 rows   needed: the next rotation encrypts under new',
        '  older  0 rows   not needed by any row: it is new, or can be dropped once every instance has new first',
        'Rows of the table tokens:',
        '  one: under old',
        '  three: under lost, cannot be decrypted with these keys (unknown_key)',
        '  two: under old',
        '',
      ].join('\n'),
    );
    assert.equal((await store.read('one'))?.etag, etag);
  });

  it('list prints no terminal escape sequence from the table', async () => {
    const env = {
      AzureWebJobsStorage: azurite.connectionString,
      TOKEN_TABLE: 'escapes',
      TOKEN_ENCRYPTION_KEYS: keySetting('a'),
    };
    const storage = { kind: 'connection-string', connectionString: azurite.connectionString } as const;
    const table = await openTable(storage, 'escapes');
    await table.createTable();
    const tokens = `v1.\u001B[2J\u001B]0;title\u0007\u009B1m\u202E.${Buffer.alloc(40).toString('base64')}`;
    await table.createEntity({ partitionKey: 'one', rowKey: 'token', tokens });
    const { stdout } = await keys(['list'], env);
    assert.match(stdout, /^ {2}one: under .*title.*, cannot be decrypted/m);
    assert.doesNotMatch(stdout, /(?!\n)[\p{Cc}\p{Bidi_Control}]/u);
  });

  it('list asks no proxy for a storage on this machine', async () => {
    const proxy = 'http://127.0.0.1:9';
    const storage = {
      AzureWebJobsStorage: azurite.connectionString,
      TOKEN_TABLE: 'beside',
      TOKEN_ENCRYPTION_KEYS: keySetting('a'),
    };
    const { stderr, code } = await keys(['list'], { ...storage, HTTP_PROXY: proxy, http_proxy: proxy });
    assert.deepEqual([code, stderr], [0, '']);
  });

  it('reports what is wrong, and exits with 1', async () => {
    const port = await findFreePort();
    const unreachable = `DefaultEndpointsProtocol=http;AccountName=a;AccountKey=a2V5;TableEndpoint=http://127.0.0.1:${port}/a`;
    const endpoint = 'DefaultEndpointsProtocol=http;AccountName=a;AccountKey=c2VjcmV0;TableEndpoint=secret';
    const signature = 'TableEndpoint=https://secret/;SharedAccessSignature=c2VjcmV0';
    const ring = keySetting('a');
    const cases: [args: string[], env: Record<string, string>, problem: RegExp][] = [
      [[], {}, /It takes new or list.*npm run keys -- --help/],
      [['make'], {}, /It takes new or list/],
      [['list', 'x'], {}, /It takes new or list/],
      [['--all'], {}, /--all/],
      [['list'], { TOKEN_ENCRYPTION_KEYS: 'a:secret', AzureWebJobsStorage: unreachable }, /^TOKEN_ENCRYPTION_KEYS has/],
      [
        ['list'],
        { TOKEN_ENCRYPTION_KEYS: ring, AzureWebJobsStorage: unreachable },
        /ECONNREFUSED\)\. Check:\n.*is Azurite running/,
      ],
      [
        ['list'],
        { TOKEN_ENCRYPTION_KEYS: ring, TOKEN_STORAGE: endpoint },
        /^TOKEN_STORAGE is not a storage connection string/,
      ],
      [['list'], { TOKEN_ENCRYPTION_KEYS: ring, TOKEN_STORAGE: signature }, /^TOKEN_STORAGE .* is refused/],
    ];
    await Promise.all(
      cases.map(async ([args, env, problem]) => {
        const { stdout, stderr, code } = await keys(args, env);
        assert.deepEqual([code, stdout], [1, '']);
        assert.match(stderr, problem);
        assert.doesNotMatch(stderr, /secret|\n\s+at /);
      }),
    );
    assert.match((await keys(['--help'])).stdout, /^Usage: npm run keys/);
  });
});

describe('the description of keys', () => {
  it('does not say that a key added last can be dropped: that is the first step of replacing one', () => {
    const set = { state: 'held', set: tokenSet() } as const;
    const lines = describeKeys(keyRing('old', 'new'), [{ account: 'a', keyId: 'old', tokens: set }], 'tokens');
    assert.deepEqual(lines.slice(1, 3), [
      '  old  1 row    the first key: encrypts new rows',
      '  new  0 rows   not needed by any row: it is new, or can be dropped once every instance has old first',
    ]);
  });

  it('reports a row without tokens, and one whose tokens are not encrypted', () => {
    const unreadable = { state: 'unreadable', reason: 'not_sealed', sealed: {} } as const;
    const rows = [
      { account: 'a', keyId: undefined, tokens: { state: 'none' } as const },
      { account: 'b', keyId: undefined, tokens: unreadable },
    ];
    const lines = describeKeys(keyRing('k'), rows, 'tokens');
    assert.deepEqual(lines.slice(-2), ['  a: no tokens yet', '  b: cannot be decrypted with these keys (not_sealed)']);
  });
});
