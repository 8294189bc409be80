import assert from 'node:assert/strict';
import { readFileSync } from 'node:fs';
import { describe, it } from 'node:test';
import { type Answer, runInfraScript } from './fake-azure.ts';

const ID = '/subscriptions/x/resourceGroups/rg-keeper/providers/Microsoft.Web/sites/keeper-x';
const REFERENCES = `${ID}/config/configreferences/appsettings`;
const NAMED = { AZURE_FUNCTION_APP_NAME: 'keeper-x', AZURE_RESOURCE_GROUP: 'rg-keeper' };

const reported = (statuses: Record<string, string>) =>
  JSON.stringify({ value: Object.entries(statuses).map(([name, status]) => ({ name, properties: { status } })) });
const RESOLVED = reported({ QUARTILE_PASSWORD: 'Resolved', TOKEN_ENCRYPTION_KEYS: 'Resolved' });
const DENIED = reported({ QUARTILE_PASSWORD: 'AccessToKeyVaultDenied', TOKEN_ENCRYPTION_KEYS: 'Resolved' });
const MISSING = reported({ QUARTILE_PASSWORD: 'SecretNotFound', TOKEN_ENCRYPTION_KEYS: 'Resolved' });

/** @param statuses what Azure reports, answer by answer; the last one repeats */
function refresh(statuses: readonly string[], { env = NAMED, args = ['--patience', '60'] } = {}) {
  const answers: Answer[] = [
    { when: 'functionapp show', print: JSON.stringify(ID) },
    { when: '--method get', print: statuses },
  ];
  return runInfraScript('refresh-secrets', { env, answers, args: [...args, '--every', '0'] });
}

describe('infra/refresh-secrets.js', () => {
  it('makes Azure read the vault, and restarts the app only after that: a restart alone uses the cached secrets', () => {
    const { status, calls, stdout, stderr } = refresh([RESOLVED]);
    assert.equal(status, 0, stderr);
    const app = '--name keeper-x --resource-group rg-keeper';
    assert.deepEqual(calls, [
      `az functionapp show ${app} --query id`,
      `az rest --method post --url ${REFERENCES}/refresh?api-version=2022-03-01`,
      `az rest --method get --url ${REFERENCES}?api-version=2022-03-01`,
      `az functionapp restart ${app}`,
    ]);
    assert.equal(stdout, 'Azure has all 2 secrets.\nThe app restarts.\n');
  });

  it('asks again until the role is effective, and shows progress', () => {
    const { status, calls, stdout } = refresh([reported({}), DENIED, DENIED, RESOLVED]);
    assert.equal(status, 0);
    assert.equal(calls.filter((call) => call.includes('/refresh?')).length, 4);
    assert.equal(
      stdout.match(/^Waiting for QUARTILE_PASSWORD \(AccessToKeyVaultDenied\): \d+ of 60 s\.$/gm)?.length,
      2,
    );
    assert.ok(calls.at(-1)?.startsWith('az functionapp restart'));
  });

  it('reads both forms in which Azure reports the secrets', () => {
    const keyed = { properties: { keyToReferenceStatuses: { QUARTILE_PASSWORD: { status: 'Resolved' } } } };
    assert.match(refresh([JSON.stringify(keyed)]).stdout, /^Azure has all 1 secrets\.\n/);
  });

  it('ends the wait at its limit, restarts the app with what is there, and names what is not', () => {
    const { status, calls, stderr } = refresh([DENIED], { args: ['--patience', '0'] });
    assert.equal(status, 1);
    assert.match(stderr, /^Azure does not have every secret: QUARTILE_PASSWORD \(AccessToKeyVaultDenied\)\./);
    assert.ok(calls.at(-1)?.startsWith('az functionapp restart'));
    assert.match(refresh(['{}'], { args: ['--patience', '0'] }).stderr, /every secret: all of them \(not reported\)/);
  });

  it('does not wait to the limit for secrets that are not in the vault', () => {
    const { status, calls, stderr } = refresh([MISSING]);
    assert.equal(status, 1);
    assert.equal(calls.filter((call) => call.includes('--method get')).length, 3);
    assert.match(stderr, /QUARTILE_PASSWORD \(SecretNotFound\)\. SecretNotFound: put it into the vault/);
    assert.equal(refresh([MISSING, MISSING, RESOLVED]).status, 0, 'the first answers may be cached');
  });

  it('takes the app from the azd environment if the shell names none', () => {
    const { calls } = refresh([RESOLVED], { env: { AZURE_FUNCTION_APP_NAME: '', AZURE_RESOURCE_GROUP: '' } });
    assert.equal(
      calls.at(-1),
      'az functionapp restart --name the AZURE_FUNCTION_APP_NAME --resource-group the AZURE_RESOURCE_GROUP',
    );
  });

  it('says why it failed', () => {
    const answers = [{ when: 'az ', fails: 'Please run az login.' }];
    const { status, stderr } = runInfraScript('refresh-secrets', { env: NAMED, answers });
    assert.equal(status, 1);
    assert.equal(stderr, 'The secrets were not refreshed: az exited with 1: Please run az login\n');
  });

  it('explains itself', () => {
    const usage = /^Usage: node infra\/refresh-secrets\.js /;
    const help = runInfraScript('refresh-secrets', { args: ['--help'] });
    assert.deepEqual([help.status, usage.test(help.stdout)], [0, true]);
    for (const args of [['--patience', 'x'], ['--every', '-1'], ['nonsense']]) {
      const { status, stderr } = runInfraScript('refresh-secrets', { args });
      assert.deepEqual([status, usage.test(stderr)], [2, true], String(args));
    }
  });

  it('is what every text recommends after a change of a secret', () => {
    const files = ['src/settings/problems.ts', 'src/status/words.ts', 'infra/modules/alerts.bicep', 'SECURITY.md'];
    for (const file of [...files, 'infra/README.md']) {
      const text = readFileSync(new URL(`../../${file}`, import.meta.url), 'utf8');
      assert.match(text, /\binfra\/refresh-secrets\.js\b/, file);
      assert.doesNotMatch(text, /az functionapp restart|vault and restart/, file);
    }
  });
});
