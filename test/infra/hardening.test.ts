import assert from 'node:assert/strict';
import { readFileSync } from 'node:fs';
import { describe, it } from 'node:test';
import * as z from 'zod';
import { onlyOf, readSnapshot, resourcesOf, type SnapshotName, SNAPSHOTS, snapshotsDir } from './snapshots.ts';

/** The given fields of an object. */
function pick(from: unknown, ...fields: string[]): Record<string, unknown> {
  const all = z.record(z.string(), z.unknown()).parse(from);
  return Object.fromEntries(fields.map((field) => [field, all[field]]));
}

/**
 * Properties of the site's configuration that fail a deployment: "… for Flex Consumption sites is invalid" (error 51021).
 *
 * @see https://github.com/microsoft/azure-pipelines-tasks/issues/21032
 * @see https://github.com/Azure/terraform-azurerm-avm-res-web-site/pull/345
 */
const REFUSED_BY_FLEX = new Set(
  `alwaysOn ftpsState functionsRuntimeScaleMonitoringEnabled linuxFxVersion netFrameworkVersion use32BitWorkerProcess
  windowsFxVersion`.split(/\s+/),
);

for (const name of SNAPSHOTS) {
  describe(`${name}: what is deployed`, () => {
    const site = onlyOf(name, 'Microsoft.Web/sites').properties;

    it('has no shared keys: not of storage, vault, telemetry, log or publishing', () => {
      const storage = onlyOf(name, 'Microsoft.Storage/storageAccounts').properties;
      assert.deepEqual(pick(storage, 'allowSharedKeyAccess', 'defaultToOAuthAuthentication'), {
        allowSharedKeyAccess: false,
        defaultToOAuthAuthentication: true,
      });
      assert.equal(onlyOf(name, 'Microsoft.KeyVault/vaults').properties['enableRbacAuthorization'], true);
      assert.equal(onlyOf(name, 'Microsoft.Insights/components').properties['DisableLocalAuth'], true);
      const workspace = onlyOf(name, 'Microsoft.OperationalInsights/workspaces').properties;
      assert.deepEqual(workspace['features'], { disableLocalAuth: true });
      // Not `ftp`, too: no template that is known to work on Flex Consumption has that policy.
      const publishing = onlyOf(name, 'Microsoft.Web/sites/basicPublishingCredentialsPolicies');
      assert.deepEqual([publishing.name.split('/').at(-1), publishing.properties], ['scm', { allow: false }]);
      assert.doesNotMatch(
        JSON.stringify(readSnapshot(name)),
        /listKeys|listAccountSas|AccountKey=|SharedAccessSignature/i,
      );
    });

    it('requires https and TLS 1.2 or later', () => {
      const storage = onlyOf(name, 'Microsoft.Storage/storageAccounts').properties;
      assert.deepEqual(pick(storage, 'minimumTlsVersion', 'supportsHttpsTrafficOnly'), {
        minimumTlsVersion: 'TLS1_2',
        supportsHttpsTrafficOnly: true,
      });
      assert.equal(site['httpsOnly'], true);
      assert.deepEqual(pick(site['siteConfig'], 'minTlsVersion', 'scmMinTlsVersion'), {
        minTlsVersion: '1.2',
        scmMinTlsVersion: '1.2',
      });
    });

    it('has no public blob, and its vault cannot be purged', () => {
      const storage = onlyOf(name, 'Microsoft.Storage/storageAccounts').properties;
      assert.equal(storage['allowBlobPublicAccess'], false);
      assert.equal(
        onlyOf(name, 'Microsoft.Storage/storageAccounts/blobServices/containers').properties['publicAccess'],
        'None',
      );
      const vault = onlyOf(name, 'Microsoft.KeyVault/vaults').properties;
      assert.deepEqual(pick(vault, 'enablePurgeProtection', 'enableSoftDelete'), {
        enablePurgeProtection: true,
        enableSoftDelete: true,
      });
    });

    it('is a Flex Consumption app on Node 24, or on 22 if that was chosen', () => {
      const runtime = { name: 'node', version: name === 'always-ready' ? '22' : '24' };
      assert.deepEqual(pick(site['functionAppConfig'], 'runtime'), { runtime });
      assert.equal(onlyOf(name, 'Microsoft.Web/sites').kind, 'functionapp,linux');
    });

    it('has no property that Flex Consumption refuses', () => {
      const given = Object.keys(z.record(z.string(), z.unknown()).parse(site['siteConfig']));
      assert.deepEqual(
        given.filter((property) => REFUSED_BY_FLEX.has(property)),
        [],
      );
    });

    it('has secrets in the vault only', () => {
      const text = readFileSync(`${snapshotsDir}${name}.snapshot.json`, 'utf8');
      for (const made of ['made-up-password', 'made-up-subscription', 'keeper@']) assert.ok(!text.includes(made));
      const secrets = resourcesOf(name, 'Microsoft.KeyVault/vaults/secrets').map(
        ({ properties }) => properties['value'],
      );
      const secure = /parameters\('(quartile\w+)'\)/g;
      for (const resource of readSnapshot(name).predictedResources) {
        if (resource.type === 'Microsoft.KeyVault/vaults/secrets') continue;
        assert.doesNotMatch(JSON.stringify(resource), secure, resource.id);
      }
      assert.equal(secrets.length, 3);
    });

    it('has no secret in its outputs', () => {
      const { outputs } = readSnapshot(name);
      const names = [
        'AZURE_FUNCTION_APP_NAME',
        'AZURE_KEY_VAULT_NAME',
        'AZURE_RESOURCE_GROUP',
        'AZURE_STORAGE_ACCOUNT_NAME',
      ];
      assert.deepEqual(Object.keys(outputs).toSorted(), [...names, 'KEEPER_URL']);
      assert.doesNotMatch(JSON.stringify(outputs), /secret|key'|password|listKeys|connectionString/i);
    });
  });
}

describe('the access to tables, blobs and vault', () => {
  const logs = z.array(z.strictObject({ category: z.string(), enabled: z.literal(true) }));
  const logged = (name: SnapshotName) =>
    resourcesOf(name, 'Microsoft.Insights/diagnosticSettings').filter(({ condition }) => condition === undefined);

  it('is logged in the workspace', () => {
    const account = onlyOf('default', 'Microsoft.Storage/storageAccounts').id;
    const storage = ['StorageRead', 'StorageWrite', 'StorageDelete'];
    const categories = logged('default').map(({ id, properties }) => [
      id.split('/providers/Microsoft.Insights/')[0],
      logs.parse(properties['logs']).map(({ category }) => category),
    ]);
    assert.deepEqual(Object.fromEntries(categories), {
      [`${account}/blobServices/default`]: storage,
      [`${account}/tableServices/default`]: storage,
      [onlyOf('default', 'Microsoft.KeyVault/vaults').id]: ['AuditEvent'],
    });
    const workspace = onlyOf('default', 'Microsoft.OperationalInsights/workspaces').id;
    for (const { properties } of logged('default')) assert.equal(properties['workspaceId'], workspace);
  });

  it('is not logged if the operator switched that off', () => {
    assert.deepEqual(logged('always-ready'), []);
  });
});

describe('the credentials in the vault', () => {
  it('stay as they are if a deployment has none', () => {
    for (const { condition, properties } of resourcesOf('default', 'Microsoft.KeyVault/vaults/secrets')) {
      const parameter = /^\[(parameters\('\w+'\))\]$/.exec(String(properties['value']))?.[1];
      assert.equal(condition, `[not(empty(${parameter}))]`);
    }
    assert.deepEqual(
      resourcesOf('jwt-callers', 'Microsoft.KeyVault/vaults/secrets').filter(
        ({ condition }) => condition === undefined,
      ),
      [],
    );
  });
});
