import assert from 'node:assert/strict';
import { spawnSync } from 'node:child_process';
import { chmodSync, existsSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import os from 'node:os';
import path from 'node:path';
import { after, before, describe, it } from 'node:test';
import { fileURLToPath } from 'node:url';
import * as z from 'zod';
import { readKeyRing } from '../../src/settings/key-ring.ts';

const project = fileURLToPath(new URL('../../', import.meta.url));
const PLACE = {
  AZURE_ENV_NAME: 'keeper',
  AZURE_SUBSCRIPTION_ID: '00000000-0000-4000-8000-000000000001',
  AZURE_LOCATION: 'westeurope',
};

/** Stands on the path for `az` and `azd`: notes how it was called, and answers as it is told. */
const FAKE = `const fs = require('node:fs');
const [name, ...args] = process.argv.slice(2);
fs.appendFileSync(process.env.FAKE_CALLS, JSON.stringify([name, ...args]) + '\\n');
if (name === 'az') process.stdout.write(process.env.FAKE_AZ_SAYS ?? '[]');
if (args[1] === 'get-value') process.stdout.write('the ' + args[2] + '\\n');
if (name === (process.env.FAKE_FAILS ?? '')) { process.stderr.write('Please run az login.\\nmore'); process.exit(1); }`;

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

let dir = '';

before(() => {
  dir = mkdtempSync(path.join(os.tmpdir(), 'azd-hooks-'));
  writeFileSync(path.join(dir, 'fake.cjs'), FAKE);
  for (const name of ['az', 'azd']) {
    const call = `"${process.execPath}" "${path.join(dir, 'fake.cjs')}" ${name}`;
    writeFileSync(path.join(dir, name), `#!/bin/sh\nexec ${call} "$@"\n`);
    writeFileSync(path.join(dir, `${name}.cmd`), `@${call} %*\r\n`);
    chmodSync(path.join(dir, name), 0o755);
  }
});
after(() => rmSync(dir, { recursive: true }));

/** Runs a script of `infra` as azd does, and tells what it said and how it called `az` and `azd`. */
function runScript(
  script: string,
  env: NodeJS.ProcessEnv = PLACE,
  searchPath = `${dir}${path.delimiter}${process.env.PATH ?? ''}`,
) {
  const calls = path.join(dir, 'calls');
  writeFileSync(calls, '');
  const { status, stdout, stderr } = spawnSync(process.execPath, [`infra/${script}.js`], {
    cwd: project,
    encoding: 'utf8',
    env: {
      SystemRoot: process.env.SystemRoot,
      ComSpec: process.env.ComSpec,
      PATHEXT: process.env.PATHEXT,
      PATH: searchPath,
      FAKE_CALLS: calls,
      ...env,
    },
  });
  const lines = readFileSync(calls, 'utf8').split('\n').filter(Boolean);
  const called = lines.map((line) => z.array(z.string()).parse(JSON.parse(line)));
  const set = called
    .filter(([name, , verb]) => name === 'azd' && verb === 'set')
    .map(([, , , name = '', value = '', ...rest]) => {
      assert.deepEqual(rest, ['-e', 'keeper'], 'the environment that is being deployed');
      return [name, value] as const;
    });
  return { status, stdout, stderr, values: Object.fromEntries(set), asked: called.filter(([name]) => name === 'az') };
}

const runHook = (hook: string, env?: NodeJS.ProcessEnv) => runScript(`hooks/${hook}`, env);

describe('before azd provisions', () => {
  it('makes two new keys that the app takes, of which nothing is printed', () => {
    const { status, values, stdout, stderr } = runHook('before-provision');
    assert.equal(status, 0, stderr);
    const keys = ['NEW_TOKEN_ENCRYPTION_KEYS', 'NEW_CALLER_JWT_KEYS'].map((name) => values[name] ?? '');
    for (const key of keys) {
      assert.ok(readKeyRing(key, { inAzure: true }).ok);
      assert.ok(!stdout.includes(key.split(':')[1] ?? key));
    }
    assert.notEqual(keys[0]?.split(':')[1], keys[1]?.split(':')[1]);
    assert.notDeepEqual(runHook('before-provision').values, values);
  });

  it('asks for deleted vaults in the subscription, and recovers none where there is none', () => {
    const { asked, values, stdout } = runHook('before-provision');
    assert.deepEqual(asked, [
      [
        'az',
        'keyvault',
        'list-deleted',
        '--subscription',
        PLACE.AZURE_SUBSCRIPTION_ID,
        '--resource-type',
        'vault',
        '--output',
        'json',
      ],
    ]);
    assert.equal(values['RECOVER_VAULT'], 'false');
    assert.match(stdout, /No deleted vault to recover/);
  });

  it('recovers the deleted vault of this deployment, however Azure spells group and region', () => {
    for (const ours of [vault(), vault({ group: 'RG-Keeper', location: 'West Europe' })]) {
      const { values, stdout } = runHook('before-provision', {
        ...PLACE,
        FAKE_AZ_SAYS: JSON.stringify([vault({ group: 'other' }), ours]),
      });
      assert.equal(values['RECOVER_VAULT'], 'true');
      assert.match(stdout, /Recovering the deleted vault kv-jkoasydyehyew/);
    }
  });

  it('leaves alone whatever else was deleted', () => {
    const others = [
      vault({ group: 'rg-keeper-2' }),
      vault({ location: 'northeurope' }),
      vault({ tags: { app: 'something-else', 'azd-env-name': 'keeper' } }),
      vault({ tags: { app: 'quartile-token-keeper', 'azd-env-name': 'other' } }),
      { name: 'without-anything', properties: {} },
      { ...vault(), properties: { ...vault().properties, tags: null } },
    ];
    const { status, values, stderr } = runHook('before-provision', { ...PLACE, FAKE_AZ_SAYS: JSON.stringify(others) });
    assert.deepEqual([status, values['RECOVER_VAULT']], [0, 'false'], stderr);
  });

  it('goes on where it cannot ask, says so, and leaves the answer to whoever reads that', () => {
    const signedOut = runHook('before-provision', { ...PLACE, FAKE_FAILS: 'az' });
    const nowhere = runHook('before-provision', { AZURE_ENV_NAME: 'keeper' });
    for (const { status, values, stdout } of [signedOut, nowhere]) {
      assert.equal(status, 0);
      assert.deepEqual(Object.keys(values).toSorted(), ['NEW_CALLER_JWT_KEYS', 'NEW_TOKEN_ENCRYPTION_KEYS']);
      assert.match(
        stdout,
        /Cannot tell whether a deleted vault has to be recovered: .*\n[\s\S]*azd env set RECOVER_VAULT true/,
      );
    }
    assert.match(signedOut.stdout, /az ended with 1: Please run az login\.\.\n/);
    assert.match(nowhere.stdout, /AZURE_SUBSCRIPTION_ID/);
  });

  it('ends the deployment where azd does not take the keys, and does not show them', () => {
    const { status, stderr } = runHook('before-provision', { ...PLACE, FAKE_FAILS: 'azd' });
    assert.notEqual(status, 0);
    assert.match(stderr, /Cannot put NEW_TOKEN_ENCRYPTION_KEYS into the azd environment/);
    assert.doesNotMatch(stderr, /k\d{8}-/);
  });
});

describe('after azd has provisioned', () => {
  it('takes the keys out of the azd environment, and does not recover the vault again', () => {
    const { status, values } = runHook('after-provision');
    assert.equal(status, 0);
    assert.deepEqual(values, { NEW_TOKEN_ENCRYPTION_KEYS: '', NEW_CALLER_JWT_KEYS: '', RECOVER_VAULT: 'false' });
  });

  it('asks for another run where a vault was recovered: that one has its old network', () => {
    const recovered = runHook('after-provision', { ...PLACE, RECOVER_VAULT: 'true' });
    assert.match(recovered.stdout, /Run `azd provision -e keeper` once more/);
    for (const RECOVER_VAULT of ['false', undefined]) {
      assert.equal(runHook('after-provision', { ...PLACE, RECOVER_VAULT }).stdout, '');
    }
  });
});

describe('to refresh the secrets', () => {
  const ID = '/subscriptions/x/resourceGroups/rg-keeper/providers/Microsoft.Web/sites/keeper-x';
  const named = { AZURE_FUNCTION_APP_NAME: 'keeper-x', AZURE_RESOURCE_GROUP: 'rg-keeper' };
  const refresh = (env: NodeJS.ProcessEnv) => runScript('refresh-secrets', { FAKE_AZ_SAYS: `${ID}\n`, ...env });
  const REFRESH = `${ID}/config/configreferences/appsettings/refresh?api-version=2022-03-01`;

  it('has Azure read the vault anew, and only then restarts the app: a restart alone brings the old ones', () => {
    const { status, asked, stderr } = refresh(named);
    assert.equal(status, 0, stderr);
    const app = '--name keeper-x --resource-group rg-keeper';
    assert.deepEqual(
      asked.map((call) => call.join(' ')),
      [
        `az functionapp show ${app} --query id --output tsv`,
        `az rest --method post --url ${REFRESH} --output none`,
        `az functionapp restart ${app}`,
      ],
    );
  });

  it('takes the app of the azd environment where the shell names none', () => {
    const { asked } = refresh({});
    assert.deepEqual(asked.at(-1)?.slice(3), [
      '--name',
      'the AZURE_FUNCTION_APP_NAME',
      '--resource-group',
      'the AZURE_RESOURCE_GROUP',
    ]);
  });

  it('says why it could not', () => {
    const { status, stderr } = refresh({ ...named, FAKE_FAILS: 'az' });
    assert.equal(status, 1);
    assert.match(stderr, /^The secrets were not refreshed: az ended with 1: Please run az login\.\n$/);
  });

  it('is what everybody is told who has changed a secret, or misses one', () => {
    const told = ['src/settings/problems.ts', 'src/status/wording.ts', 'infra/modules/alerts.bicep', 'SECURITY.md'];
    for (const file of [...told, 'README.md', 'infra/README.md']) {
      const text = readFileSync(path.join(project, file), 'utf8');
      assert.match(text, /\binfra\/refresh-secrets\.js\b/, file);
      assert.doesNotMatch(text, /az functionapp restart|vault and restart/, file);
    }
  });
});

describe('azure.yaml', () => {
  const text = readFileSync(path.join(project, 'azure.yaml'), 'utf8');

  it('calls hooks that exist, the same ones on Windows', () => {
    const hooks = [...text.matchAll(/run: node (\S+)/g)].map(([, file = '']) => file);
    assert.deepEqual(hooks.length, 6);
    for (const file of hooks) {
      assert.ok(existsSync(path.join(project, file)), file);
      assert.equal(hooks.filter((other) => other === file).length, 2, file);
    }
  });

  it('wants an azd that brings a compiler which knows secrets that are made once', () => {
    assert.match(text, /^requiredVersions:\n {2}azd: '>= 1\.23\.8'$/m);
  });

  it('deploys the folder of the package as it is, with nothing installed or built by azd', () => {
    assert.match(text, /language: custom\n {4}dist: dist\/package\n {4}remoteBuild: false\n/);
  });
});
