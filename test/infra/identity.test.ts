import assert from 'node:assert/strict';
import { readFileSync } from 'node:fs';
import { describe, it } from 'node:test';
import * as z from 'zod';
import { appSettings, onlyOf, resourcesOf, SNAPSHOTS } from './snapshots.ts';

/** Built-in roles: https://learn.microsoft.com/azure/role-based-access-control/built-in-roles */
const ROLES = {
  'b7e6dc6d-f1e8-4753-8033-0f276bb0955b': 'Storage Blob Data Owner',
  '0a9a7e1f-b9d0-4cc4-a60d-0319b160aaa3': 'Storage Table Data Contributor',
  '4633458b-17de-408a-b874-0445c86b69e6': 'Key Vault Secrets User',
  '3913510d-42f4-4e42-8a64-420c390055eb': 'Monitoring Metrics Publisher',
} as const;

const assignment = z.strictObject({
  principalId: z.string(),
  principalType: z.literal('ServicePrincipal'),
  roleDefinitionId: z.string(),
});
const identityOf = (name: (typeof SNAPSHOTS)[number]) =>
  onlyOf(name, 'Microsoft.ManagedIdentity/userAssignedIdentities').id;

describe('the identity of the app', () => {
  for (const name of SNAPSHOTS) {
    it(`${name}: has exactly the roles that it needs, on exactly what it needs them for`, () => {
      const granted = resourcesOf(name, 'Microsoft.Authorization/roleAssignments').map(({ id, properties }) => {
        const { roleDefinitionId, principalId } = assignment.parse(properties);
        assert.equal(principalId, `[reference('${identityOf(name)}', '2023-01-31').principalId]`);
        const role = z.enum(Object.keys(ROLES)).parse(roleDefinitionId.split('/').at(-1));
        return `${Object.entries(ROLES).find(([key]) => key === role)?.[1]} on ${id.split('/providers/Microsoft.Authorization')[0]}`;
      });
      const storage = onlyOf(name, 'Microsoft.Storage/storageAccounts').id;
      const expected = [
        `Storage Blob Data Owner on ${storage}`,
        `Storage Table Data Contributor on ${storage}`,
        `Key Vault Secrets User on ${onlyOf(name, 'Microsoft.KeyVault/vaults').id}`,
        `Monitoring Metrics Publisher on ${onlyOf(name, 'Microsoft.Insights/components').id}`,
      ];
      assert.deepEqual(granted.toSorted(), expected.toSorted());
    });
  }

  it('is the one by which the app reads the vault, the storage, its package, and sends telemetry', () => {
    const id = identityOf('default');
    const { identity, properties } = onlyOf('default', 'Microsoft.Web/sites');
    assert.deepEqual(identity, { type: 'UserAssigned', userAssignedIdentities: { [id]: {} } });
    assert.equal(properties['keyVaultReferenceIdentity'], id);
    const config = z.looseObject({
      deployment: z.looseObject({ storage: z.looseObject({ authentication: z.unknown() }) }),
    });
    assert.deepEqual(config.parse(properties['functionAppConfig']).deployment.storage.authentication, {
      type: 'UserAssignedIdentity',
      userAssignedIdentityResourceId: id,
    });
    const settings = appSettings('default');
    const clientId = settings.get('TOKEN_STORAGE__clientId') ?? '';
    assert.match(clientId, /^\[reference\(.*'identity-\{0\}'.*\)\.outputs\.clientId\.value\]$/);
    assert.equal(settings.get('AzureWebJobsStorage__clientId'), clientId);
    assert.equal(
      settings.get('APPLICATIONINSIGHTS_AUTHENTICATION_STRING'),
      `[format('ClientId={0};Authorization=AAD', ${clientId.slice(1, -1)})]`,
    );
  });
});

describe('the identity that tells pull requests what they would change', () => {
  it('reads what is set up and asks, and reads no log', () => {
    const readme = readFileSync(new URL('../../infra/README.md', import.meta.url), 'utf8');
    const [, quoted = ''] = /--role-definition "(\{.*?\})"\n/s.exec(readme) ?? [];
    const { Actions, NotActions } = z
      .looseObject({ Actions: z.array(z.string()), NotActions: z.array(z.string()).default([]) })
      .parse(JSON.parse(quoted.replaceAll('\\"', '"')));
    assert.deepEqual(
      Actions.filter((action) => !/\/(read|validate\/action|whatIf\/action)$/.test(action)),
      [],
    );
    // Each is a right to read, and so within all reading: by workspace, by resource, and by component.
    for (const logs of ['OperationalInsights/workspaces/query', 'Insights/logs', 'Insights/components/query']) {
      assert.ok(NotActions.includes(`Microsoft.${logs}/*`), logs);
    }
  });
});

describe('the identity that deploys from GitHub', () => {
  it('may assign the roles that the app needs, and no other: the README names exactly those', () => {
    const readme = readFileSync(new URL('../../README.md', import.meta.url), 'utf8');
    const ids = /^ROLES='(.*)'$/m.exec(readme)?.[1]?.split(', ') ?? [];
    assert.deepEqual(ids.toSorted(), Object.keys(ROLES).toSorted());
    for (const source of ['@Request', '@Resource']) {
      assert.ok(
        readme.includes(
          `(${source}[Microsoft.Authorization/roleAssignments:RoleDefinitionId] ForAnyOfAnyValues:GuidEquals {$ROLES})`,
        ),
      );
    }
  });
});
