import assert from 'node:assert/strict';
import { once } from 'node:events';
import { createServer, get, type ServerResponse } from 'node:http';
import { after, before, describe, it } from 'node:test';
import { issueTokenPair } from '../../src/local/simulator/token-sets.ts';
import { createHostKey, credentials } from '../e2e/credentials.ts';
import { keySetting } from '../fixtures.ts';
import { createCanary, LeakError } from './canary.ts';
import { secretsOf } from './host-secrets.ts';

const { password } = credentials;
const pair = issueTokenPair(0, { accessLifeSeconds: 60, refreshLifeSeconds: 60 });
const [accessToken, refreshToken] = [pair.access.token, pair.refresh.token];

/** A leak of this kind in that place, told without a secret. */
function leakOf(kind: string, where: string) {
  return (error: unknown) => {
    assert.ok(error instanceof LeakError);
    assert.match(error.message, new RegExp(`^${kind} \\(.*\\) in ${where}`, 'm'));
    for (const secret of [password, accessToken, refreshToken]) assert.ok(!error.message.includes(secret.slice(-16)));
    return true;
  };
}

describe('a canary', () => {
  it('finds what was written before it knew that it is a secret, and what is written until the end', async () => {
    const canary = createCanary();
    let output = '';
    canary.watch('the output', () => output);
    canary.see('a note', `the token is ${accessToken}`);
    canary.keepPair(pair);
    canary.keep({ kind: 'password', value: password });
    output += password;
    await assert.rejects(canary.check(), leakOf('access token', 'a note'));
    await assert.rejects(canary.check(), leakOf('password', 'the output'));
  });

  it('is blind without the secrets that are expected, and without anything to search', async () => {
    const canary = createCanary();
    canary.keep({ kind: 'password', value: password });
    await assert.rejects(canary.check(), /nothing was written/);
    canary.see('a note', 'nothing secret');
    await canary.check(['password']);
    await assert.rejects(canary.check(['password', 'access token']), /what to look for: access token/);
  });
});

describe('the answers of a server', () => {
  let answer: (response: ServerResponse) => void;
  const server = createServer((_request, response) => answer(response));
  let url = '';
  before(async () => {
    await once(server.listen(0, '127.0.0.1'), 'listening');
    const address = server.address();
    url = `http://127.0.0.1:${typeof address === 'object' && address ? address.port : 0}`;
  });
  after(() => server.close());

  const byFetch = async (path: string) => (await fetch(url + path)).text();
  const byHttp = (path: string) =>
    new Promise<void>((resolve, reject) => {
      get(url + path, (message) => {
        message.setEncoding('utf8').on('data', () => {});
        message.once('end', resolve).once('error', reject);
      }).once('error', reject);
    });
  const ways = [
    ['fetch', byFetch],
    ['node:http', byHttp],
  ] as const;

  /** Gets an answer while a canary listens that knows all of the secrets, and has it search. */
  async function listenTo(ask: () => Promise<unknown>, respond: typeof answer): Promise<void> {
    answer = respond;
    const canary = createCanary();
    canary.keep({ kind: 'password', value: password });
    canary.keepPair(pair);
    canary.hear('an answer', url);
    await ask();
    await canary.check();
  }

  for (const [name, ask] of ways) {
    it(`are searched, head and body, however they are got: by ${name}`, async () => {
      const inHeader = (response: ServerResponse) =>
        response.writeHead(200, { 'x-debug': encodeURIComponent(password) }).end('ok');
      await assert.rejects(
        listenTo(() => ask('/x'), inHeader),
        leakOf('password', 'an answer to /x'),
      );
      const inBody = (response: ServerResponse) => response.writeHead(500).end(JSON.stringify({ detail: password }));
      await assert.rejects(
        listenTo(() => ask('/y'), inBody),
        leakOf('password', 'an answer to /y'),
      );
      await listenTo(
        () => ask('/z'),
        (response) => response.end('nothing secret'),
      );
    });

    it(`may carry an access token where they are made to, and nowhere else: by ${name}`, async () => {
      const json = JSON.stringify({ access_token: accessToken, generation: 1 });
      await listenTo(
        () => ask('/api/token?min_ttl=1'),
        (response) => response.end(json),
      );
      await listenTo(
        () => ask('/api/token/refresh'),
        (response) => response.end(accessToken),
      );
      const leaks: readonly (readonly [path: string, kind: string, respond: typeof answer])[] = [
        ['/api/health', 'access token', (response) => response.end(json)],
        ['/api/token', 'access token', (response) => response.writeHead(503).end(json)],
        ['/api/token', 'access token', (response) => response.setHeader('x', accessToken).end(json)],
        ['/api/token', 'access token', (response) => response.end(json.replace('{', `{"again":"${accessToken}",`))],
        ['/api/token', 'refresh token', (response) => response.end(JSON.stringify({ access_token: refreshToken }))],
        ['/api/token', 'refresh token', (response) => response.end(JSON.stringify({ refresh_token: refreshToken }))],
        [
          '/api/auth/login',
          'refresh token',
          (response) => response.end(JSON.stringify({ refresh_token: refreshToken })),
        ],
      ];
      for (const [path, kind, respond] of leaks) {
        await assert.rejects(
          listenTo(() => ask(path), respond),
          leakOf(kind, `an answer to ${path}`),
        );
      }
    });
  }

  it('make secrets of the tokens that callers are given', async () => {
    const token = createHostKey();
    answer = (response) => response.end(JSON.stringify({ access_token: token }));
    const canary = createCanary();
    canary.hear('an answer', url);
    await byFetch('/api/auth/login');
    canary.see('a log', token);
    await assert.rejects(canary.check(), leakOf('caller token', 'a log'));
  });

  it('that break off are no answers', async () => {
    answer = (response) =>
      void response.writeHead(200, { 'content-length': 100 }).write(password, () => response.destroy());
    for (const [, ask] of ways) {
      const canary = createCanary();
      canary.keep({ kind: 'password', value: password });
      canary.hear('an answer', url);
      canary.see('a note', 'nothing secret');
      await assert.rejects(ask('/x'));
      await canary.check();
    }
  });
});

describe('the secrets of a host', () => {
  it('are those of its settings and of its command line', () => {
    const [functionKey, masterKey] = [createHostKey(), createHostKey()];
    const env = {
      QUARTILE_USERNAME: 'someone',
      QUARTILE_PASSWORD: password,
      QUARTILE_SUBSCRIPTION_KEY: 'subscription',
      TOKEN_ENCRYPTION_KEYS: `${keySetting('one')},${keySetting('two')}`,
      CALLER_JWT_KEYS: keySetting('jwt'),
      AzureWebJobsStorage: 'DefaultEndpointsProtocol=http;AccountName=a;AccountKey=b64/+==;TableEndpoint=http://x/a',
      TOKEN_STORAGE: 'TableEndpoint=http://x/a;SharedAccessSignature=sv=1&sig=x%3D',
    };
    const secrets = secretsOf(env, ['--enable-auth', '--function-key', functionKey, '--master-key', masterKey]);
    const valuesOf = (wanted: string) => secrets.filter(({ kind }) => kind === wanted).map(({ value }) => value);
    assert.deepEqual(valuesOf('password'), [password]);
    assert.deepEqual(valuesOf('subscription key'), ['subscription']);
    assert.deepEqual(valuesOf('storage key'), ['b64/+==', 'sv=1&sig=x%3D']);
    assert.deepEqual([valuesOf('function key'), valuesOf('master key')], [[functionKey], [masterKey]]);
    const base64 = keySetting('two').split(':')[1] ?? '';
    for (const form of ['base64', 'base64url', 'hex'] as const) {
      assert.ok(valuesOf('encryption key').includes(Buffer.from(base64, 'base64').toString(form)));
    }
    assert.equal(valuesOf('callers’ key').length, 4);
  });

  it('are not there where nothing is set, nor in what everybody knows', () => {
    assert.deepEqual(secretsOf({ AzureWebJobsStorage: 'UseDevelopmentStorage=true', TOKEN_STORAGE: '' }), []);
    const broken = secretsOf({ AzureWebJobsStorage: 'no-connection-string' });
    assert.deepEqual(broken, [{ kind: 'storage key', value: 'no-connection-string' }]);
  });
});
