import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import { callerCheck } from '../../src/settings/registration.ts';
import { type CallerAccess, readSettings } from '../../src/settings/settings.ts';
import { keyRing, keySetting, validEnv } from '../fixtures.ts';

const jwt = { CALLER_AUTH: 'jwt', CALLER_JWT_KEYS: keySetting('jwt') };
const local = 'local-use-only:Zm9yIGxvY2FsIHVzZSBvbmx5LCBub3QgaW4gQXp1cmU=';

function accessOf(env: NodeJS.ProcessEnv): CallerAccess {
  const reading = readSettings(validEnv(env));
  assert.ok(reading.ok);
  return reading.value.callers;
}

function problemsOf(env: NodeJS.ProcessEnv): string[] {
  const reading = readSettings(validEnv(env));
  return reading.ok ? [] : reading.error.map(({ setting, problem }) => `${setting} ${problem}`);
}

describe('how callers authenticate', () => {
  it('is a function key, unless CALLER_AUTH is jwt', () => {
    for (const env of [{}, { CALLER_AUTH: '' }, { CALLER_AUTH: 'function-key', CALLER_JWT_KEYS: 'ignored' }]) {
      assert.deepEqual(accessOf(env), { auth: 'function-key' });
      assert.equal(callerCheck(env), 'function');
    }
  });

  it('by JWT has keys, and lifetimes with defaults', () => {
    const access = { auth: 'jwt', jwtKeys: keyRing('jwt'), accessLifeMs: 900_000, refreshLifeMs: 14 * 86_400_000 };
    assert.deepEqual(accessOf(jwt), access);
    assert.equal(callerCheck(jwt), 'anonymous');
    const lives = { CALLER_ACCESS_MINUTES: '1', CALLER_REFRESH_DAYS: '90' };
    assert.deepEqual(accessOf({ ...jwt, ...lives }), {
      ...access,
      accessLifeMs: 60_000,
      refreshLifeMs: 90 * 86_400_000,
    });
  });

  it('leaves the check with the host if the setting is wrong', () => {
    for (const wrong of ['JWT', 'none', 'jwt ', 'function']) {
      assert.equal(callerCheck({ CALLER_AUTH: wrong }), 'function');
      assert.deepEqual(problemsOf({ CALLER_AUTH: wrong }), ['CALLER_AUTH has to be function-key or jwt']);
    }
  });

  it('is rejected without keys, with wrong keys, and with wrong lifetimes', () => {
    assert.match(problemsOf({ CALLER_AUTH: 'jwt' }).join(), /^CALLER_JWT_KEYS is missing/);
    assert.match(problemsOf({ ...jwt, CALLER_JWT_KEYS: 'x' }).join(), /^CALLER_JWT_KEYS has to be/);
    for (const minutes of ['0', '1441', 'x']) {
      assert.match(problemsOf({ ...jwt, CALLER_ACCESS_MINUTES: minutes }).join(), /^CALLER_ACCESS_MINUTES has to be/);
    }
    for (const days of ['0', '91', '1.5']) {
      assert.match(problemsOf({ ...jwt, CALLER_REFRESH_DAYS: days }).join(), /^CALLER_REFRESH_DAYS has to be/);
    }
  });

  it('has its own keys', () => {
    const shared = problemsOf({ ...jwt, TOKEN_ENCRYPTION_KEYS: `${keySetting('a')},${keySetting('jwt')}` });
    assert.match(shared.join(), /^CALLER_JWT_KEYS has a key that is also in TOKEN_ENCRYPTION_KEYS/);
    const more = problemsOf({ ...jwt, TOKEN_ENCRYPTION_KEYS: keySetting('jwt'), CACHE_SECONDS: 'x' });
    assert.deepEqual(
      more.map((problem) => problem.split(' ')[0]),
      ['CACHE_SECONDS', 'CALLER_JWT_KEYS'],
      'every problem at once',
    );
  });
});

describe('an app in Azure', () => {
  it('rejects the key for local use in both key rings', () => {
    for (const name of ['WEBSITE_INSTANCE_ID', 'WEBSITE_SKU', 'WEBSITE_POD_NAME', 'WEBSITE_SITE_NAME']) {
      const refused = { ...jwt, CALLER_JWT_KEYS: local, TOKEN_ENCRYPTION_KEYS: local, [name]: 'x' };
      const [encryption, ...others] = problemsOf(refused);
      assert.match(String(encryption), /^TOKEN_ENCRYPTION_KEYS contains the key for local use only/);
      assert.match(others.join(), /^CALLER_JWT_KEYS contains the key for local use only/);
    }
    for (const elsewhere of [{}, { CONTAINER_NAME: 'dev' }, { WEBSITE_HOSTNAME: 'localhost:7071' }]) {
      assert.deepEqual(problemsOf({ TOKEN_ENCRYPTION_KEYS: local, ...elsewhere }), []);
    }
    assert.deepEqual(problemsOf({ TOKEN_ENCRYPTION_KEYS: keySetting('own'), WEBSITE_INSTANCE_ID: 'x' }), []);
  });
});
