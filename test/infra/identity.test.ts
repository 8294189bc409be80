import assert from 'node:assert/strict';
import { readFileSync } from 'node:fs';
import { describe, it } from 'node:test';
import * as z from 'zod';
import { appSettings, onlyOf, resourcesOf, type SnapshotName, SNAPSHOTS } from './snapshots.ts';

/** Built-in roles: https://learn.microsoft.com/azure/role-based-access-control/built-in-roles */
const ROLES = {
  'b7e6dc6d-f1e8-4753-8033-0f276bb0955b': 'Storage Blob Data Owner',
  '0a9a7e1f-b9d0-4cc4-a60d-0319b160aaa3': 'Storage Table Data Contributor',
  '4633458b-17de-408a-b874-0445c86b69e6': 'Key Vault Secrets User',
  '3913510d-42f4-4e42-8a64-420c390055eb': 'Monitoring Metrics Publisher',
} as const;

const assignment = z.strictObject({
  principalId: z.string(),
  principalType: z.literal('ServicePrincipal').optional(),
  roleDefinitionId: z.string(),
});
const DEVELOPER = '00000000-0000-4000-8000-000000000003';
const identityOf = (name: (typeof SNAPSHOTS)[number]) =>
  onlyOf(name, 'Microsoft.ManagedIdentity/userAssignedIdentities').id;

/** The role assignments of a snapshot, as "role on resource for principal". */
const granted = (name: SnapshotName) =>
  resourcesOf(name, 'Microsoft.Authorization/roleAssignments').map(({ id, properties }) => {
    const { roleDefinitionId, principalId, principalType } = assignment.parse(properties);
    const role = z.enum(Object.keys(ROLES)).parse(roleDefinitionId.split('/').at(-1));
    const title = Object.entries(ROLES).find(([key]) => key === role)?.[1];
    const scope = /(\/subscriptions\/[^']+?)(?:'|\/providers\/Microsoft\.Authorization)/.exec(id)?.[1];
    const isApp = /^\[reference\(.*'identity-\{0\}'.*\)\.outputs\.principalId\.value\]$/.test(principalId);
    assert.equal(principalType, isApp ? 'ServicePrincipal' : undefined);
    return `${title} on ${scope} for ${isApp ? 'the app' : principalId}`;
  });

describe('the roles', () => {
  for (const name of SNAPSHOTS) {
    it(`${name}: are exactly those that app and developer need, on exactly the resources that they need`, () => {
      const storage = onlyOf(name, 'Microsoft.Storage/storageAccounts').id;
      const expected = [
        `Storage Blob Data Owner on ${storage} for the app`,
        `Storage Table Data Contributor on ${storage} for the app`,
        `Key Vault Secrets User on ${onlyOf(name, 'Microsoft.KeyVault/vaults').id} for the app`,
        `Monitoring Metrics Publisher on ${onlyOf(name, 'Microsoft.Insights/components').id} for the app`,
      ];
      const developer = `Storage Table Data Contributor on ${storage} for ${DEVELOPER}`;
      const hasDeveloper = name === 'jwt-callers';
      assert.deepEqual(granted(name).toSorted(), (hasDeveloper ? [...expected, developer] : expected).toSorted());
    });
  }

  it('have names made of scope, principal and role: after `azd down` the identity is a new principal', () => {
    for (const { name, properties } of resourcesOf('default', 'Microsoft.Authorization/roleAssignments')) {
      const { principalId, roleDefinitionId } = assignment.parse(properties);
      const role = roleDefinitionId.split('/').at(-1);
      assert.match(name, /^\[guid\('\/subscriptions\//);
      assert.ok(name.includes(`, ${principalId.slice(1, -1)}, '${role}')`), name);
    }
  });
});

describe('the identity of the app', () => {
  it('is the one that reads the vault, the storage and the package, and sends telemetry', () => {
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

describe('the identity of the what-if for pull requests', () => {
  it('reads the set-up and asks what would change, but reads no log', () => {
    const readme = readFileSync(new URL('../../infra/README.md', import.meta.url), 'utf8');
    const [, quoted = ''] = /--role-definition "(\{.*?\})"\n/s.exec(readme) ?? [];
    const { Actions, NotActions } = z
      .looseObject({ Actions: z.array(z.string()), NotActions: z.array(z.string()).default([]) })
      .parse(JSON.parse(quoted.replaceAll('\\"', '"')));
    assert.deepEqual(
      Actions.filter((action) => !/\/(read|validate\/action|whatIf\/action)$/.test(action)),
      [],
    );
    // "*/read" includes these rights to read logs: by workspace, by resource, and by component.
    for (const logs of ['OperationalInsights/workspaces/query', 'Insights/logs', 'Insights/components/query']) {
      assert.ok(NotActions.includes(`Microsoft.${logs}/*`), logs);
    }
  });
});

describe('the identity that deploys from GitHub', () => {
  it('may assign only the roles that the app needs: the README lists exactly those', () => {
    const readme = readFileSync(new URL('../../infra/README.md', import.meta.url), 'utf8');
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
