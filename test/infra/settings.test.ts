import assert from 'node:assert/strict';
import { readFileSync } from 'node:fs';
import { describe, it } from 'node:test';
import { describeProblems } from '../../src/settings/problems.ts';
import { readSettings, type Settings } from '../../src/settings/settings.ts';
import { keySetting } from '../fixtures.ts';
import { appSettings, onlyOf, type SnapshotName, SNAPSHOTS } from './snapshots.ts';

/** The settings that only the platform reads. */
const PLATFORM = [
  'APPLICATIONINSIGHTS_AUTHENTICATION_STRING',
  'APPLICATIONINSIGHTS_CONNECTION_STRING',
  'AzureWebJobsDisableHomepage',
  'AzureWebJobsStorage__accountName',
  'AzureWebJobsStorage__clientId',
  'AzureWebJobsStorage__credential',
  'FUNCTIONS_REQUEST_BODY_SIZE_LIMIT',
];

const OWN = [
  'CACHE_SECONDS',
  'CALLER_ACCESS_MINUTES',
  'CALLER_AUTH',
  'CALLER_JWT_KEYS', // with function keys, too, so that CALLER_AUTH alone changes the mode
  'CALLER_REFRESH_DAYS',
  'FORCED_REFRESH_COOLDOWN_SECONDS',
  'QUARTILE_BASE_URL',
  'QUARTILE_PASSWORD',
  'QUARTILE_SUBSCRIPTION_KEY',
  'QUARTILE_TIMEOUT_SECONDS',
  'QUARTILE_USERNAME',
  'REFRESH_MARGIN_MINUTES',
  'REFRESH_SCHEDULE',
  'TOKEN_ENCRYPTION_KEYS',
  'TOKEN_STORAGE__clientId',
  'TOKEN_STORAGE__tableServiceUri',
  'TOKEN_TABLE',
];

const SECRETS = [
  'QUARTILE_SUBSCRIPTION_KEY',
  'QUARTILE_USERNAME',
  'QUARTILE_PASSWORD',
  'TOKEN_ENCRYPTION_KEYS',
  'CALLER_JWT_KEYS',
];

/** The environment of an instance: references are replaced by secrets, and values that only Azure knows by similar ones. */
function environmentOf(name: SnapshotName): NodeJS.ProcessEnv {
  const seen = new Map(appSettings(name));
  for (const secret of SECRETS) seen.set(secret, secret.endsWith('KEYS') ? keySetting(secret) : 'a secret');
  for (const [setting, value] of seen) {
    if (value.startsWith('['))
      seen.set(setting, setting.endsWith('Uri') ? 'https://st.table.core.windows.net' : 'known in Azure');
  }
  return { ...Object.fromEntries(seen), WEBSITE_SITE_NAME: 'keeper' };
}

function settingsOf(name: SnapshotName): Settings {
  const reading = readSettings(environmentOf(name));
  assert.ok(reading.ok, reading.ok ? '' : describeProblems(reading.error));
  return reading.value;
}

/** The defaults of the app, with the storage, the secrets and the place of the deployed one. */
function defaults(): Settings {
  const given = ['TOKEN_STORAGE__tableServiceUri', 'TOKEN_STORAGE__clientId', 'WEBSITE_SITE_NAME'];
  const wanted = new Set([...SECRETS, ...given]);
  const reading = readSettings(
    Object.fromEntries(Object.entries(environmentOf('default')).filter(([setting]) => wanted.has(setting))),
  );
  assert.ok(reading.ok);
  return reading.value;
}

describe('the settings of the deployed app', () => {
  for (const name of SNAPSHOTS) {
    it(`${name}: are complete, and the others are the platform's`, () => {
      assert.deepEqual([...appSettings(name).keys()].toSorted(), [...OWN, ...PLATFORM].toSorted());
    });
  }

  it('include every one that the source reads', () => {
    const files = ['settings', 'storage'].map((file) => `../../src/settings/${file}.ts`);
    const source = files.map((file) => readFileSync(new URL(file, import.meta.url), 'utf8')).join('\n');
    const read = source.match(/\b(QUARTILE|REFRESH|TOKEN|CACHE|FORCED|CALLER)_[A-Z_]*[A-Z]\b(?=: |')/g) ?? [];
    const known = new Set(OWN.map((setting) => setting.replace(/__\w+$/, '')));
    for (const setting of new Set(read)) assert.ok(known.has(setting), setting);
  });

  it('limit what anyone may send or see without a key: 64 KB of body, and no home page of the host', () => {
    for (const name of SNAPSHOTS) {
      const settings = appSettings(name);
      assert.equal(settings.get('FUNCTIONS_REQUEST_BODY_SIZE_LIMIT'), '65536');
      assert.equal(settings.get('AzureWebJobsDisableHomepage'), 'true');
    }
  });

  it('give the host its storage by identity: an empty AzureWebJobsStorage would break it', () => {
    const settings = appSettings('default');
    assert.equal(settings.has('AzureWebJobsStorage'), false);
    assert.equal(settings.get('AzureWebJobsStorage__credential'), 'managedidentity');
    assert.equal(
      settings.get('AzureWebJobsStorage__accountName'),
      onlyOf('default', 'Microsoft.Storage/storageAccounts').name,
    );
  });

  it('take each secret from the vault, in its newest version', () => {
    const vault = onlyOf('default', 'Microsoft.KeyVault/vaults').name;
    const references = [...appSettings('default')].filter(([, value]) => value.includes('@Microsoft.KeyVault'));
    assert.deepEqual(references.map(([setting]) => setting).toSorted(), SECRETS.toSorted());
    for (const [setting, value] of references) {
      const secret = setting.replaceAll('_', '-');
      const format = '@Microsoft.KeyVault(SecretUri=https://{0}{1}/secrets/{2})';
      assert.equal(value, `[format('${format}', '${vault}', environment().suffixes.keyvaultDns, '${secret}')]`);
    }
  });

  it('are valid, and equal to the defaults of the app unless given', () => {
    assert.deepEqual(settingsOf('default'), defaults());
    for (const name of SNAPSHOTS) assert.deepEqual(settingsOf(name).warnings, [], name);
  });

  it('contain the given values', () => {
    const { callers, marginMs, schedule } = settingsOf('jwt-callers');
    assert.equal(callers.auth, 'jwt');
    assert.deepEqual(
      [callers.auth === 'jwt' && callers.accessLifeMs, marginMs, schedule],
      [300_000, 5_400_000, '0 */10 * * * *'],
    );
  });
});
