import assert from 'node:assert/strict';
import { readFileSync } from 'node:fs';
import { describe, it } from 'node:test';
import * as z from 'zod';
import { onlyOf, readSnapshot, resourcesOf, type SnapshotName, SNAPSHOTS } from './snapshots.ts';

const subnet = z.looseObject({
  name: z.string(),
  properties: z.looseObject({
    delegations: z.array(z.looseObject({ properties: z.object({ serviceName: z.string() }) })).optional(),
  }),
});
const endpoint = z.looseObject({
  subnet: z.object({ id: z.string() }),
  privateLinkServiceConnections: z.tuple([
    z.looseObject({ properties: z.object({ privateLinkServiceId: z.string(), groupIds: z.tuple([z.string()]) }) }),
  ]),
});

const siteConfig = z.looseObject({
  ipSecurityRestrictionsDefaultAction: z.string(),
  ipSecurityRestrictions: z.array(z.looseObject({ ipAddress: z.string(), action: z.string() })),
});
const accessOf = (name: SnapshotName) => siteConfig.parse(onlyOf(name, 'Microsoft.Web/sites').properties['siteConfig']);

describe('the private network', () => {
  it('does not exist by default', () => {
    const { predictedResources } = readSnapshot('default');
    assert.deepEqual(
      predictedResources.filter(({ type }) => type.startsWith('Microsoft.Network/')),
      [],
    );
    const { properties } = onlyOf('default', 'Microsoft.Web/sites');
    assert.equal(properties['virtualNetworkSubnetId'] ?? undefined, undefined);
  });

  it('has a subnet for the app, delegated to Flex Consumption, and the app in it', () => {
    const network = onlyOf('private-network', 'Microsoft.Network/virtualNetworks');
    const subnets = z.array(subnet).parse(network.properties['subnets']);
    const app = subnets.find(({ name }) => name === 'app');
    assert.deepEqual(
      app?.properties.delegations?.map((given) => given.properties.serviceName),
      ['Microsoft.App/environments'],
    );
    const { properties } = onlyOf('private-network', 'Microsoft.Web/sites');
    assert.equal(properties['virtualNetworkSubnetId'], `${network.id}/subnets/app`);
  });

  it('has an endpoint and a zone for each service that the app has a role for: blobs, tables and the vault', () => {
    const storage = onlyOf('private-network', 'Microsoft.Storage/storageAccounts').id;
    const vault = onlyOf('private-network', 'Microsoft.KeyVault/vaults').id;
    const targets = resourcesOf('private-network', 'Microsoft.Network/privateEndpoints').map(({ properties }) => {
      const [{ properties: link }] = endpoint.parse(properties).privateLinkServiceConnections;
      return [link.groupIds[0], link.privateLinkServiceId];
    });
    assert.deepEqual(Object.fromEntries(targets), { blob: storage, table: storage, vault });
    const zones = resourcesOf('private-network', 'Microsoft.Network/privateDnsZones').map(({ name }) => name);
    assert.deepEqual(
      zones.map((zone) => /privatelink\.(\w+)/.exec(zone)?.[1]),
      ['blob', 'table', 'vaultcore'],
    );
    assert.equal(resourcesOf('private-network', 'Microsoft.Network/privateDnsZones/virtualNetworkLinks').length, 3);
    assert.equal(resourcesOf('private-network', 'Microsoft.Network/privateEndpoints/privateDnsZoneGroups').length, 3);
  });

  it('creates one endpoint at a time: one storage account does not take two in parallel', () => {
    const source = readFileSync(new URL('../../infra/modules/network.bicep', import.meta.url), 'utf8');
    assert.match(source, /^@batchSize\(1\)\nresource endpoints 'Microsoft\.Network\/privateEndpoints@/m);
  });

  it('is the only way to storage and vault', () => {
    for (const type of ['Microsoft.Storage/storageAccounts', 'Microsoft.KeyVault/vaults']) {
      const reachable = (name: SnapshotName) => {
        const { publicNetworkAccess, networkAcls } = onlyOf(name, type).properties;
        return { publicNetworkAccess, ...z.object({ defaultAction: z.string() }).parse(networkAcls) };
      };
      assert.deepEqual(reachable('private-network'), { publicNetworkAccess: 'Disabled', defaultAction: 'Deny' });
      assert.deepEqual(reachable('default'), { publicNetworkAccess: 'Enabled', defaultAction: 'Allow' });
    }
  });
});

describe('the allowed callers', () => {
  it('may have any address by default, and only the given ranges otherwise', () => {
    assert.deepEqual(accessOf('default'), {
      ...accessOf('default'),
      ipSecurityRestrictionsDefaultAction: 'Allow',
      ipSecurityRestrictions: [],
    });
    const { ipSecurityRestrictionsDefaultAction, ipSecurityRestrictions } = accessOf('private-network');
    assert.equal(ipSecurityRestrictionsDefaultAction, 'Deny');
    assert.deepEqual(
      ipSecurityRestrictions.map(({ action, ipAddress }) => `${action} ${ipAddress}`),
      ['Allow 203.0.113.0/24', 'Allow 198.51.100.7/32'],
    );
  });
});

describe('size and place', () => {
  const scale = z.looseObject({ scaleAndConcurrency: z.unknown() });
  const scaleOf = (name: SnapshotName) =>
    scale.parse(onlyOf(name, 'Microsoft.Web/sites').properties['functionAppConfig']).scaleAndConcurrency;

  it('are as given, with no always-ready instance by default', () => {
    assert.deepEqual(scaleOf('default'), {
      instanceMemoryMB: 2048,
      maximumInstanceCount: 40,
      alwaysReady: [],
      triggers: { http: { perInstanceConcurrency: 100 } },
    });
    assert.deepEqual(scaleOf('always-ready'), {
      instanceMemoryMB: 4096,
      maximumInstanceCount: 100,
      alwaysReady: [{ name: 'http', instanceCount: 2 }],
      triggers: { http: { perInstanceConcurrency: 16 } },
    });
  });

  it('limit the log per day', () => {
    for (const name of SNAPSHOTS) {
      const { workspaceCapping } = onlyOf(name, 'Microsoft.OperationalInsights/workspaces').properties;
      assert.deepEqual(workspaceCapping, { dailyQuotaGb: name === 'always-ready' ? 20 : 5 }, name);
    }
  });

  it('recover the deleted vault if there is one, and create it otherwise', () => {
    const modeOf = (name: SnapshotName) => onlyOf(name, 'Microsoft.KeyVault/vaults').properties['createMode'];
    assert.deepEqual([modeOf('default'), modeOf('always-ready')], ['default', 'recover']);
  });
});
