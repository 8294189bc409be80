import assert from 'node:assert/strict';
import { existsSync, readFileSync } from 'node:fs';
import path from 'node:path';
import { describe, it } from 'node:test';
import { fileURLToPath } from 'node:url';
import * as z from 'zod';
import { readKeyRing } from '../../src/settings/key-ring.ts';
import { type Answer, runInfraScript } from './fake-azure.ts';

const project = fileURLToPath(new URL('../../', import.meta.url));
const PLACE = {
  AZURE_ENV_NAME: 'keeper',
  AZURE_SUBSCRIPTION_ID: '00000000-0000-4000-8000-000000000001',
  AZURE_LOCATION: 'westeurope',
};
const REGIONS: Answer = { when: 'list-flexconsumption-locations', print: '["northeurope","westeurope"]' };
const VERSIONS: Answer = { when: 'list-flexconsumption-runtimes', print: '["20","22","24"]' };
const SIGNED_OUT: Answer = { when: 'az ', fails: 'Please run az login.' };

const vault = (
  overrides: { name?: string; location?: string; group?: string; tags?: Record<string, string> } = {},
) => ({
  name: overrides.name ?? 'kv-jkoasydyehyew',
  properties: {
    location: overrides.location ?? 'westeurope',
    tags: overrides.tags ?? { app: 'quartile-token-keeper', 'azd-env-name': 'keeper' },
    vaultId: `/subscriptions/${PLACE.AZURE_SUBSCRIPTION_ID}/resourceGroups/${overrides.group ?? 'rg-keeper'}/providers/Microsoft.KeyVault/vaults/x`,
  },
});

const provision = (answers: readonly Answer[], env: NodeJS.ProcessEnv = {}) =>
  runInfraScript('hooks/before-provision', {
    env: { ...PLACE, ...env },
    answers: [...answers, REGIONS, VERSIONS],
  });

describe('before azd provisions, the deleted vault of this deployment', () => {
  const provisionWith = (print: string) => provision([{ when: 'list-deleted', print }]);

  it('is looked for in the subscription, and the template recovers none if there is none', () => {
    const { status, calls, values, stdout } = provisionWith('[]');
    assert.equal(status, 0);
    const listing = `az keyvault list-deleted --subscription ${PLACE.AZURE_SUBSCRIPTION_ID} --resource-type vault`;
    assert.ok(calls.includes(listing), calls.join('\n'));
    assert.deepEqual(values, { RECOVER_VAULT: 'false' });
    assert.match(stdout, /No deleted vault to recover/);
  });

  it('is recovered, however Azure spells group and region, and after a byte order mark', () => {
    for (const ours of [vault(), vault({ group: 'RG-Keeper', location: 'West Europe' })]) {
      const { values, stdout } = provisionWith(`\uFEFF${JSON.stringify([vault({ group: 'other' }), ours])}`);
      assert.deepEqual(values, { RECOVER_VAULT: 'true' });
      assert.match(stdout, /Recovering the deleted vault kv-jkoasydyehyew/);
    }
  });

  it('is found in a list of several megabytes', () => {
    const others = Array.from({ length: 8_000 }, (_, index) => vault({ group: `other-${index}` }));
    const { values } = provisionWith(JSON.stringify([...others, vault()], null, 2));
    assert.deepEqual(values, { RECOVER_VAULT: 'true' });
  });

  it('is not another one', () => {
    const others = [
      vault({ group: 'rg-keeper-2' }),
      vault({ location: 'northeurope' }),
      vault({ tags: { app: 'something-else', 'azd-env-name': 'keeper' } }),
      vault({ tags: { app: 'quartile-token-keeper', 'azd-env-name': 'other' } }),
      { ...vault(), properties: { ...vault().properties, tags: null } },
    ];
    const { status, values, stderr } = provisionWith(JSON.stringify(others));
    assert.deepEqual([status, values], [0, { RECOVER_VAULT: 'false' }], stderr);
  });

  it('is left to the operator if the list cannot be read: the hook says so and continues', () => {
    const withoutRegion = { name: 'x', properties: { ...vault().properties, location: null } };
    const unreadable = ['WARNING: something\n[]', '{}', '[null]', JSON.stringify([withoutRegion])];
    for (const print of unreadable) {
      const { status, values, stdout, stderr } = provisionWith(print);
      assert.deepEqual([status, values, stderr], [0, {}, ''], print);
      assert.match(stdout, /Cannot tell whether a deleted vault must be recovered: .*\n[\s\S]*RECOVER_VAULT true/);
    }
  });

  it('is found in spite of an unreadable one', () => {
    assert.deepEqual(provisionWith(JSON.stringify([null, vault()])).values, { RECOVER_VAULT: 'true' });
  });

  it('is left to the operator if az cannot be asked, too', () => {
    const signedOut = provision([SIGNED_OUT]);
    assert.equal(signedOut.status, 0);
    assert.match(signedOut.stdout, /deleted vault must be recovered: az exited with 1: Please run az login\.\n/);
    const nowhere = runInfraScript('hooks/before-provision', { env: { AZURE_ENV_NAME: 'keeper' } });
    assert.deepEqual([nowhere.status, nowhere.calls], [0, []]);
    assert.match(nowhere.stdout, /AZURE_SUBSCRIPTION_ID or AZURE_LOCATION is not set yet/);
    const withoutAz = runInfraScript('hooks/before-provision', { env: { ...PLACE, PATH: `${project}nothing-here` } });
    assert.equal(withoutAz.status, 0, withoutAz.stderr);
    assert.match(withoutAz.stdout, /az failed to run \(ENOENT\)|az exited with 1/);
  });
});

describe('before azd provisions, the region', () => {
  it('passes if it offers Flex Consumption with the wanted version of Node, however it is spelled', () => {
    assert.equal(provision([], { AZURE_LOCATION: 'West Europe' }).status, 0);
    assert.equal(provision([{ ...REGIONS, print: '["West Europe"]' }], { APP_NODE_VERSION: '' }).status, 0);
  });

  it('ends the deployment if it does not offer it, with a list of those that do', () => {
    const { status, stderr, values } = provision([], { AZURE_LOCATION: 'mars' });
    assert.deepEqual([status, values], [1, {}]);
    assert.match(
      stderr,
      /^mars does not offer Flex Consumption\..*`azd env set AZURE_LOCATION REGION`: northeurope, w/,
    );
  });

  it('ends the deployment if it lacks that version of Node, and says which one to choose', () => {
    const old = provision([{ ...VERSIONS, print: '["20","22"]' }]);
    assert.equal(old.status, 1);
    assert.match(old.stderr, /westeurope offers Node 20, 22, but not 24\. Choose Node 22 with `azd env set APP_NODE_/);
    assert.equal(provision([{ ...VERSIONS, print: '["20","22"]' }], { APP_NODE_VERSION: '22' }).status, 0);
    assert.match(provision([{ ...VERSIONS, print: '["20"]' }]).stderr, /but not 24\. Choose another region with/);
  });

  it('is left to the operator if az cannot be asked: the hook says so and continues', () => {
    for (const answer of [SIGNED_OUT, { ...REGIONS, print: 'nonsense' }, { ...VERSIONS, print: '[]' }]) {
      const { status, stdout } = provision([answer]);
      assert.equal(status, 0);
      assert.match(stdout, /Cannot tell whether the region offers Flex Consumption with this version of Node: /);
    }
  });
});

describe('before azd provisions a private network', () => {
  const SHOWN = 'az provider show --namespace Microsoft.App';
  const registrations = (calls: readonly string[]) => calls.filter((call) => call.startsWith('az provider register'));

  it('the provider Microsoft.App is registered, unless it is already, or there is no such network', () => {
    const isPrivate = { PRIVATE_NETWORK: 'true' };
    const unregistered = provision([{ when: SHOWN, print: '"NotRegistered"' }], isPrivate);
    assert.deepEqual(registrations(unregistered.calls), [
      `az provider register --namespace Microsoft.App --subscription ${PLACE.AZURE_SUBSCRIPTION_ID} --wait`,
    ]);
    assert.deepEqual(registrations(provision([{ when: SHOWN, print: '"Registered"' }], isPrivate).calls), []);
    assert.deepEqual(registrations(provision([]).calls), []);
  });

  it('the deployment continues if that fails, with the command to run', () => {
    const { status, stdout } = provision([{ when: 'az provider', fails: 'Forbidden' }], { PRIVATE_NETWORK: 'true' });
    assert.equal(status, 0);
    assert.match(
      stdout,
      /Cannot register it: .*Forbidden[\s\S]*az provider register --namespace Microsoft\.App --wait/,
    );
  });
});

describe('after azd has provisioned', () => {
  const OUTPUTS = { ...PLACE, AZURE_RESOURCE_GROUP: 'rg-keeper', AZURE_KEY_VAULT_NAME: 'kv-x' };
  const VAULT = `/subscriptions/${PLACE.AZURE_SUBSCRIPTION_ID}/resourceGroups/rg-keeper/providers/Microsoft.KeyVault/vaults/kv-x`;
  const secrets = (...names: string[]): Answer => ({
    when: '--method get',
    print: JSON.stringify({ value: names.map((name) => ({ name })) }),
  });
  const body = z.object({ properties: z.object({ value: z.string() }) });
  const after = (answers: readonly Answer[], env: NodeJS.ProcessEnv = {}) =>
    runInfraScript('hooks/after-provision', { env: { ...OUTPUTS, ...env }, answers });
  const BOTH = secrets('CALLER-JWT-KEYS', 'TOKEN-ENCRYPTION-KEYS');

  it('adds two new keys, which the app accepts, to a vault that has none', () => {
    const { status, calls, inputs, stderr } = after([secrets('QUARTILE-USERNAME')]);
    assert.equal(status, 0, stderr);
    assert.deepEqual(
      calls.filter((call) => call.startsWith('az rest')),
      [
        `az rest --method get --url ${VAULT}/secrets?api-version=2024-11-01`,
        `az rest --method put --url ${VAULT}/secrets/TOKEN-ENCRYPTION-KEYS?api-version=2024-11-01 --body @-`,
        `az rest --method put --url ${VAULT}/secrets/CALLER-JWT-KEYS?api-version=2024-11-01 --body @-`,
      ],
    );
    const keys = inputs.map((input) => body.parse(JSON.parse(input)).properties.value);
    for (const key of keys) assert.ok(readKeyRing(key, { inAzure: true }).ok);
    assert.equal(new Set(keys.map((key) => key.split(':')[1])).size, 2);
    assert.notDeepEqual(after([secrets()]).inputs, inputs);
  });

  it('puts no key into an argument, a message, or the azd environment, even if the vault refuses it', () => {
    for (const refusal of [[], [{ when: '--method put', fails: 'Forbidden' }]]) {
      const { calls, inputs, stdout, stderr, values } = after([...refusal, secrets()]);
      for (const input of inputs) {
        const key = body.parse(JSON.parse(input)).properties.value.split(':')[1] ?? '';
        assert.ok(![...calls, stdout, stderr, JSON.stringify(values)].some((text) => text.includes(key)));
      }
      assert.ok(inputs.length > 0);
    }
  });

  it('never replaces a key, because another key cannot decrypt the stored row', () => {
    assert.deepEqual(after([BOTH]).inputs, []);
    const { calls } = after([secrets('TOKEN-ENCRYPTION-KEYS')]);
    assert.deepEqual(
      calls.filter((call) => call.includes('--method put')).map((call) => /secrets\/([\w-]+)/.exec(call)?.[1]),
      ['CALLER-JWT-KEYS'],
    );
  });

  it('fails if it cannot read the vault, adds nothing, and says what to do', () => {
    for (const answer of [SIGNED_OUT, { when: '--method get', print: '{}' }, { when: '--method get', print: 'x' }]) {
      const { status, stderr, inputs } = after([answer]);
      assert.deepEqual([status, inputs], [1, []]);
      assert.match(stderr, /^The vault may have no keys yet.*Run `az login`, then `azd provision` again\.\n$/);
    }
  });

  it('does not recover the vault again, and asks for another run, because a recovered vault has its old network', () => {
    const recovered = after([BOTH], { RECOVER_VAULT: 'true' });
    assert.deepEqual(recovered.values, { RECOVER_VAULT: 'false' });
    assert.match(recovered.stdout, /Run `azd provision -e keeper` again/);
    const failed = after([SIGNED_OUT], { RECOVER_VAULT: 'true' });
    assert.deepEqual(failed.values, { RECOVER_VAULT: 'false' });
    for (const RECOVER_VAULT of ['false', undefined]) {
      const { values, stdout } = after([BOTH], { RECOVER_VAULT });
      assert.deepEqual([values, stdout], [{}, '']);
    }
  });

  it('says how to take the app out of a network that is no longer wanted', () => {
    const env = { AZURE_FUNCTION_APP_NAME: 'keeper-x' };
    const inNetwork: Answer = { when: 'vnet-integration list', print: '[{"name":"vnet"}]' };
    const left = after([BOTH, inNetwork], env);
    assert.equal(left.status, 0);
    assert.match(left.stdout, / az functionapp vnet-integration remove --name keeper-x --resource-group rg-keeper\n/);
    assert.equal(after([BOTH, inNetwork], { ...env, PRIVATE_NETWORK: 'true' }).stdout, '');
    assert.equal(after([BOTH, { when: 'vnet-integration', fails: 'no' }], env).stdout, '');
  });
});

describe('before azd takes a deployment down', () => {
  const env = { AZURE_FUNCTION_APP_NAME: 'keeper-x', AZURE_RESOURCE_GROUP: 'rg-keeper' };

  it('says how to take the app out of its private network, if it has one', () => {
    const { status, stdout } = runInfraScript('hooks/before-down', { env: { ...env, PRIVATE_NETWORK: 'true' } });
    assert.equal(status, 0);
    assert.match(stdout, / az functionapp vnet-integration remove --name keeper-x --resource-group rg-keeper\n/);
    for (const other of [env, { PRIVATE_NETWORK: 'true' }]) {
      const { status: code, stdout: text } = runInfraScript('hooks/before-down', { env: other });
      assert.deepEqual([code, text], [0, '']);
    }
  });
});

describe('azure.yaml', () => {
  const text = readFileSync(path.join(project, 'azure.yaml'), 'utf8');

  it('calls scripts that exist, the same ones on Windows', () => {
    const hooks = [...text.matchAll(/^( +)(\w+):\n +posix:\n[^]*?run: node (\S+)\n[^]*?run: node (\S+)\n/gm)].map(
      ([, , name = '', posix = '', windows = '']) => {
        assert.equal(posix, windows);
        assert.ok(existsSync(path.join(project, posix)), posix);
        return [name, posix];
      },
    );
    assert.deepEqual(hooks, [
      ['preprovision', 'infra/hooks/before-provision.js'],
      ['postprovision', 'infra/hooks/after-provision.js'],
      ['postdeploy', 'infra/refresh-secrets.js'],
      ['predown', 'infra/hooks/before-down.js'],
      ['prepackage', 'infra/hooks/before-package.js'],
    ]);
  });

  it('deploys the folder of the package as it is: azd installs and builds nothing', () => {
    assert.match(text, /language: custom\n {4}dist: dist\/package\n {4}remoteBuild: false\n/);
  });
});
