import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import * as fc from 'fast-check';
import { describeProblems } from '../../src/settings/problems.ts';
import { readSettings, type Settings } from '../../src/settings/settings.ts';
import { keyRing, validEnv } from '../fixtures.ts';

const OPTIONAL = [
  'QUARTILE_BASE_URL',
  'QUARTILE_TIMEOUT_SECONDS',
  'REFRESH_SCHEDULE',
  'REFRESH_MARGIN_MINUTES',
  'CACHE_SECONDS',
  'FORCED_REFRESH_COOLDOWN_SECONDS',
  'TOKEN_TABLE',
  'TOKEN_STORAGE',
  'TOKEN_STORAGE__tableServiceUri',
  'TOKEN_STORAGE__accountName',
  'TOKEN_STORAGE__clientId',
  'CALLER_AUTH',
  'CALLER_JWT_KEYS',
  'CALLER_ACCESS_MINUTES',
  'CALLER_REFRESH_DAYS',
];
const REQUIRED = ['QUARTILE_SUBSCRIPTION_KEY', 'QUARTILE_USERNAME', 'QUARTILE_PASSWORD'];
const STORAGE = ['', '__tableServiceUri', '__accountName', '__clientId'].map((form) => `AzureWebJobsStorage${form}`);

function settingsWith(overrides: NodeJS.ProcessEnv = {}): Settings {
  const reading = readSettings(validEnv(overrides));
  assert.ok(reading.ok, reading.ok ? '' : describeProblems(reading.error));
  return reading.value;
}

function problemsWith(overrides: NodeJS.ProcessEnv) {
  const reading = readSettings(validEnv(overrides));
  return reading.ok ? [] : reading.error;
}

/** The settings that a problem was found with. */
function refusedWith(overrides: NodeJS.ProcessEnv): string[] {
  return problemsWith(overrides).map(({ setting }) => setting);
}

describe('settings', () => {
  const defaults: Settings = {
    quartile: {
      baseUrl: 'https://api.quartile.com/auth/v2',
      subscriptionKey: 'subscription-key',
      username: 'someone@example.com',
      password: 'password',
      timeoutMs: 10_000,
    },
    storage: { kind: 'connection-string', connectionString: 'UseDevelopmentStorage=true' },
    tableName: 'tokens',
    encryptionKeys: keyRing('first'),
    callers: { auth: 'function-key' },
    marginMs: 3_600_000,
    schedule: '0 */30 * * * *',
    cacheMs: 5_000,
    cooldownMs: 30_000,
    warnings: [],
  };

  it('have their documented defaults', () => assert.deepEqual(settingsWith(), defaults));

  it('count as absent where they are empty', () => {
    assert.deepEqual(settingsWith(Object.fromEntries(OPTIONAL.map((name) => [name, '']))), defaults);
  });

  for (const name of REQUIRED) {
    it(`have to include ${name}`, () => {
      assert.deepEqual(problemsWith({ [name]: undefined }), [{ setting: name, problem: 'is missing' }]);
      assert.deepEqual(problemsWith({ [name]: '' }), [{ setting: name, problem: 'is empty' }]);
      assert.deepEqual(refusedWith({ [name]: ' any "form" at all; ü \n' }), []);
    });
  }

  it('keep username and password unchanged', () => {
    const { quartile } = settingsWith({ QUARTILE_PASSWORD: ' p;"ü=\n', QUARTILE_USERNAME: ' u ' });
    assert.equal(quartile.password, ' p;"ü=\n');
    assert.equal(quartile.username, ' u ');
  });

  it('warn of a username or password with white space at an end, without quoting it', () => {
    for (const name of ['QUARTILE_USERNAME', 'QUARTILE_PASSWORD']) {
      for (const value of ['S3cr3t\n', ' S3cr3t', 'S3cr3t\r\n', '\tS3cr3t']) {
        const { warnings } = settingsWith({ [name]: value });
        assert.equal(warnings.length, 1);
        assert.match(warnings[0] ?? '', new RegExp(`^${name} has white space at an end.*: it is sent unchanged`));
        assert.doesNotMatch(warnings.join(), /S3cr3t/);
      }
      assert.deepEqual(settingsWith({ [name]: 'S3 cr3t' }).warnings, []);
    }
  });

  it('hold of a subscription key what a header can carry, and warn of the rest', () => {
    for (const value of [
      'S3c r3t\n',
      ' S3c r3t',
      '\tS3c r3t\r\n',
      'S3c\n r3t',
      'S3c\u0000 r3t\u007f',
      'S3c r3\u200bt',
    ]) {
      const { quartile, warnings } = settingsWith({ QUARTILE_SUBSCRIPTION_KEY: value });
      assert.equal(quartile.subscriptionKey, 'S3c r3t');
      assert.match(warnings.join(), /^QUARTILE_SUBSCRIPTION_KEY .* cannot carry, .*: it is sent without them$/);
    }
    const { quartile, warnings } = settingsWith({ QUARTILE_SUBSCRIPTION_KEY: 'S3c\tr3tü' });
    assert.deepEqual([quartile.subscriptionKey, warnings], ['S3c\tr3tü', []]);
    assert.deepEqual(problemsWith({ QUARTILE_SUBSCRIPTION_KEY: ' \n' }), [
      { setting: 'QUARTILE_SUBSCRIPTION_KEY', problem: 'is empty' },
    ]);
  });

  const numbers = [
    {
      name: 'QUARTILE_TIMEOUT_SECONDS',
      least: 1,
      most: 25,
      read: ({ quartile }: Settings) => quartile.timeoutMs / 1000,
    },
    { name: 'REFRESH_MARGIN_MINUTES', least: 1, most: 1440, read: ({ marginMs }: Settings) => marginMs / 60_000 },
    { name: 'CACHE_SECONDS', least: 0, most: 300, read: ({ cacheMs }: Settings) => cacheMs / 1000 },
    {
      name: 'FORCED_REFRESH_COOLDOWN_SECONDS',
      least: 0,
      most: 3600,
      read: ({ cooldownMs }: Settings) => cooldownMs / 1000,
    },
  ];
  for (const { name, least, most, read } of numbers) {
    it(`take ${name} from ${least} to ${most}`, () => {
      for (const edge of [least, most]) assert.equal(read(settingsWith({ [name]: String(edge) })), edge);
      const refused = [least - 1, most + 1, -1, 1.5, '1e1', '0x5', ' 5', '5 ', '+5', '5s', 'NaN', '９', '99999999999'];
      for (const value of refused) assert.deepEqual(refusedWith({ [name]: String(value) }), [name], String(value));
    });
  }

  it('take a table name by the rules of the service', () => {
    for (const name of ['abc', 'Tokens2', 'a'.repeat(63)])
      assert.equal(settingsWith({ TOKEN_TABLE: name }).tableName, name);
    for (const name of ['ab', 'a'.repeat(64), '2tokens', 'my-tokens', 'my_tokens', 'tables', 'Tables', 'tokens\n']) {
      assert.deepEqual(refusedWith({ TOKEN_TABLE: name }), ['TOKEN_TABLE'], name);
    }
  });

  it('take a schedule of six fields that fires', () => {
    assert.deepEqual(refusedWith({ REFRESH_SCHEDULE: '0 5/15 * * * *' }), []);
    for (const schedule of ['*/30 * * * *', '0 0 0 30 2 *', 'often']) {
      assert.deepEqual(refusedWith({ REFRESH_SCHEDULE: schedule }), ['REFRESH_SCHEDULE'], schedule);
    }
  });

  it('are refused where Azure left a reference to the vault in place of the secret', () => {
    const reference = '@Microsoft.KeyVault(SecretUri=https://a-vault.vault.azure.net/secrets/A-SECRET)';
    const secrets = ['QUARTILE_USERNAME', 'QUARTILE_PASSWORD', 'QUARTILE_SUBSCRIPTION_KEY', 'TOKEN_ENCRYPTION_KEYS'];
    const overrides = Object.fromEntries([...secrets, 'CALLER_JWT_KEYS'].map((name) => [name, reference]));
    const problems = problemsWith({ ...overrides, CALLER_AUTH: 'jwt' });
    assert.deepEqual(problems.map(({ setting }) => setting).toSorted(), [...secrets, 'CALLER_JWT_KEYS'].toSorted());
    for (const { problem } of problems) assert.match(problem, /^is a reference that Azure did not resolve/);
    assert.deepEqual(problemsWith({ CALLER_JWT_KEYS: reference }), []);
  });

  it('tell every problem at once', () => {
    const optional = OPTIONAL.slice(0, 8); // the other forms of a storage connection are not looked at after the first
    const wrong = [...optional.map((name) => [name, '!']), ...REQUIRED.map((name) => [name, ''])];
    assert.deepEqual(refusedWith(Object.fromEntries(wrong)).toSorted(), [...optional, ...REQUIRED].toSorted());
  });

  it('are described in one line that names them all', () => {
    const problems = problemsWith({ QUARTILE_USERNAME: '', AzureWebJobsStorage: '' });
    assert.match(describeProblems(problems), /^QUARTILE_USERNAME is empty; TOKEN_STORAGE is missing[^\n]*$/);
  });

  it('never show a value in what is wrong with it', () => {
    const secret = 'S3cr3t-Valu3';
    const name = fc.constantFrom(...OPTIONAL, ...REQUIRED, ...STORAGE);
    const beginning = fc.constantFrom('', '5', '0 ', 'http://', 'https://', 'https://me:', 'AccountName=a;AccountKey=');
    const ending = fc.constantFrom('', '@host', '/?', ' ', '\n');
    fc.assert(
      fc.property(fc.dictionary(name, fc.tuple(beginning, ending), { minKeys: 1 }), (chosen) => {
        const env = Object.entries(chosen).map(([key, [before, after]]) => [key, before + secret + after]);
        const problems = problemsWith({ QUARTILE_USERNAME: '', ...Object.fromEntries(env) });
        assert.doesNotMatch(JSON.stringify(problems) + describeProblems(problems), /S3cr3t/i);
      }),
    );
  });
});

describe('the warning about the margin', () => {
  const cases = [
    { margin: '29', schedule: '', warning: /REFRESH_MARGIN_MINUTES \(29\) is below the period of REFRESH_SCHEDULE/ },
    { margin: '30', schedule: '', warning: undefined },
    { margin: '719', schedule: '', warning: undefined },
    { margin: '720', schedule: '', warning: /REFRESH_MARGIN_MINUTES \(720\) is not below the life of a token/ },
    { margin: '539', schedule: '0 0 9-23,0 * * *', warning: /below the period of REFRESH_SCHEDULE \(540 min\)/ },
    { margin: '540', schedule: '0 0 9-23,0 * * *', warning: undefined },
  ];
  for (const { margin, schedule, warning } of cases) {
    it(`is ${warning ? '' : 'not '}given for ${margin} min and ${schedule || 'the default schedule'}`, () => {
      const { warnings } = settingsWith({ REFRESH_MARGIN_MINUTES: margin, REFRESH_SCHEDULE: schedule });
      assert.equal(warnings.length, warning ? 1 : 0);
      assert.match(warnings.join(), warning ?? /^$/);
    });
  }
});
