import assert from 'node:assert/strict';
import { spawn } from 'node:child_process';
import { randomUUID } from 'node:crypto';
import { once } from 'node:events';
import { text } from 'node:stream/consumers';
import { after, before, describe, it } from 'node:test';
import { fileURLToPath } from 'node:url';
import * as fc from 'fast-check';
import { createAzureCallerStore } from '../../src/callers/azure-callers.ts';
import { logIn } from '../../src/callers/login.ts';
import { type Azurite, startAzurite } from '../../src/local/azurite.ts';
import { renderCallers } from '../../src/local/callers/caller-list.ts';
import { parseCommandLine } from '../../src/local/callers/command-line.ts';
import { openTable } from '../../src/store/azure-table.ts';
import { loginParts } from '../callers/login-scene.ts';
import { bareEnv } from '../e2e/running-host.ts';
import { readCaller } from '../callers/read-caller.ts';
import { caller, NOW_MS } from '../fixtures.ts';

const root = fileURLToPath(new URL('../../', import.meta.url));
const script = ['src/local/launch.js', 'src/local/callers/main.ts'];

/** Runs what `npm run callers -- …` runs, to its end. */
async function run(args: readonly string[], env: Record<string, string>) {
  // Overrides local.settings.json: no test touches a real storage.
  const storage = { TOKEN_STORAGE: '', TOKEN_STORAGE__tableServiceUri: '', AzureWebJobsStorage: '', ...env };
  const child = spawn(process.execPath, [...script, ...args], {
    cwd: root,
    env: { ...bareEnv(), ...storage },
    stdio: ['ignore', 'pipe', 'pipe'],
  });
  const [[code], out, err] = await Promise.all([once(child, 'exit'), text(child.stdout), text(child.stderr)]);
  return { code: Number(code), out, err };
}

describe('npm run callers', { timeout: 120_000 }, () => {
  let azurite: Azurite;
  before(async () => {
    azurite = await startAzurite();
  });
  after(() => azurite.stop());

  const callers = (...args: string[]) => run(args, { AzureWebJobsStorage: azurite.connectionString });
  const openStore = async () => {
    const { connectionString } = azurite;
    return createAzureCallerStore(await openTable({ kind: 'connection-string', connectionString }, 'callers'), 5_000);
  };
  const tryLogin = async (clientId: string, clientSecret: string) =>
    (await logIn(loginParts(await openStore()), { clientId, clientSecret })).ok ? 'logged-in' : 'refused';

  const newName = () => `c-${randomUUID()}`;
  /** Runs a command that prints credentials, and nothing else. Returns the secret. */
  const printedSecret = async (command: 'add' | 'rotate-secret', name: string) => {
    const { code, out, err } = await callers(command, name);
    assert.deepEqual([code, err], [0, '']);
    const [, id, secret = ''] = /^client_id: (\S+)\nclient_secret: ([\w-]{43})\n$/.exec(out) ?? [];
    assert.equal(id, name);
    return secret;
  };

  it('lists no callers if there is no table yet', async () => {
    assert.deepEqual(await callers('list'), { code: 0, out: 'no callers yet\n', err: '' });
  });

  it('adds a caller, prints its secret, and stores none', async () => {
    const name = newName();
    const secret = await printedSecret('add', name);
    assert.equal(await tryLogin(name, secret), 'logged-in');
    const { out } = await callers('list');
    assert.match(out, new RegExp(`^name +created +disabled +last login\\n`));
    assert.match(out, new RegExp(`^${name}  \\S+Z  no        \\d\\S+Z$`, 'm'));
    assert.ok(!JSON.stringify(await (await openStore()).list()).includes(secret));
  });

  it('disables and enables', async () => {
    const name = newName();
    const secret = await printedSecret('add', name);
    assert.deepEqual(await callers('disable', name), { code: 0, out: `${name} is disabled\n`, err: '' });
    assert.equal(await tryLogin(name, secret), 'refused');
    assert.match((await callers('list')).out, new RegExp(`^${name}  \\S+Z  yes       never`, 'm'));
    assert.deepEqual(await callers('enable', name), { code: 0, out: `${name} is enabled\n`, err: '' });
    assert.equal(await tryLogin(name, secret), 'logged-in');
  });

  it('rotates a secret, and refuses the old one', async () => {
    const name = newName();
    const old = await printedSecret('add', name);
    const { credentialId } = (await readCaller(await openStore(), name))?.caller ?? {};
    const secret = await printedSecret('rotate-secret', name);
    assert.notEqual((await readCaller(await openStore(), name))?.caller.credentialId, credentialId);
    assert.equal(await tryLogin(name, old), 'refused');
    assert.equal(await tryLogin(name, secret), 'logged-in');
  });

  it('flags a caller whose secret has an old hash, and renews it', async () => {
    const name = newName();
    const secret = await printedSecret('add', name);
    const { connectionString } = azurite;
    const table = await openTable({ kind: 'connection-string', connectionString }, 'callers');
    const secretHash = `scrypt:16384:8:1:${'A'.repeat(22)}:${'A'.repeat(43)}`;
    await table.updateEntity({ partitionKey: 'caller', rowKey: name, secretHash }, 'Merge');
    const flag = `${name} cannot log in, because its secret has an old hash: npm run callers -- rotate-secret ${name}`;
    assert.ok((await callers('list')).out.split('\n').includes(flag));
    assert.equal(await tryLogin(name, secret), 'refused');
    assert.equal(await tryLogin(name, await printedSecret('rotate-secret', name)), 'logged-in');
    assert.ok(!(await callers('list')).out.includes('old hash'));
  });

  it('removes, and adds again', async () => {
    const name = newName();
    const secret = await printedSecret('add', name);
    assert.deepEqual(await callers('remove', name), { code: 0, out: `${name} is removed\n`, err: '' });
    assert.equal(await tryLogin(name, secret), 'refused');
    await printedSecret('add', name);
    assert.equal(await tryLogin(name, secret), 'refused');
  });

  it('lists damaged rows beside the others, and repairs them by removing and adding', async () => {
    const [name, other] = [newName(), newName()];
    for (const added of [name, other]) await printedSecret('add', added);
    const { connectionString } = azurite;
    const table = await openTable({ kind: 'connection-string', connectionString }, 'callers');
    await table.updateEntity({ partitionKey: 'caller', rowKey: name, disabled: 'no' }, 'Merge');
    await table.createEntity({ partitionKey: 'caller', rowKey: '\u202egnol' });
    const { code, out, err } = await callers('list');
    assert.deepEqual([code, err], [0, '']);
    assert.match(out, new RegExp(`^${other}  `, 'm'));
    assert.match(out, new RegExp(`^${name} is damaged: npm run callers -- remove ${name}, then add it again$`, 'm'));
    assert.match(out, /^1 row has a key that cannot be a caller's name: delete with other tools$/m);
    assert.ok(!out.includes('\u202e'));
    const problem = `The row of ${name} is damaged: remove ${name}, and add it again.\n`;
    assert.deepEqual(await callers('disable', name), { code: 1, out: '', err: problem });
    assert.equal((await callers('remove', name)).code, 0);
    assert.equal(await tryLogin(name, await printedSecret('add', name)), 'logged-in');
  });

  it('refuses to add a name twice, and refuses unknown names', async () => {
    const name = newName();
    const secret = await printedSecret('add', name);
    const twice = await callers('add', name);
    assert.deepEqual(twice, { code: 1, out: '', err: `There is a caller ${name} already.\n` });
    assert.equal(await tryLogin(name, secret), 'logged-in', 'nothing was changed');
    const commands = ['disable', 'enable', 'rotate-secret', 'remove'];
    const runs = await Promise.all(commands.map((command) => callers(command, 'nobody')));
    for (const { code, out, err } of runs) {
      assert.deepEqual([code, out, err], [1, '', 'There is no caller nobody: npm run callers -- list\n']);
    }
  });
});

describe('npm run callers without a storage', { timeout: 120_000 }, () => {
  const nowhere = 'DefaultEndpointsProtocol=http;AccountName=a;AccountKey=a2V5;TableEndpoint=http://127.0.0.1:9/a';

  it('says what to check if the storage cannot be reached', async () => {
    const runs = [['list'], ['add', 'x'], ['disable', 'x'], ['remove', 'x']].map((args) =>
      run(args, { TOKEN_STORAGE: nowhere }),
    );
    const identity = { TOKEN_STORAGE__tableServiceUri: 'https://127.0.0.1:9' };
    for (const { code, out, err } of await Promise.all([...runs, run(['list'], identity)])) {
      assert.deepEqual([code, out], [1, '']);
      for (const hint of [/Azurite/, /az login/, /Storage Table Data\s+Contributor/]) assert.match(err, hint);
      assert.doesNotMatch(err, /^\s+at /m);
      assert.doesNotMatch(err, /a2V5/);
    }
  });

  it('names the missing or wrong setting', async () => {
    assert.match((await run(['list'], {})).err, /^TOKEN_STORAGE is missing/);
    const { code, err } = await run(['list'], { TOKEN_STORAGE: 'a-secret' });
    assert.equal(code, 1);
    assert.match(err, /^TOKEN_STORAGE is not a storage connection string/);
    assert.ok(!err.includes('a-secret'));
    const endpoint = 'DefaultEndpointsProtocol=http;AccountName=a;AccountKey=a2V5;TableEndpoint=a-secret';
    const wrong = await run(['list'], { TOKEN_STORAGE: endpoint });
    assert.match(wrong.err, /^TOKEN_STORAGE is not a storage connection string: .*TableEndpoint \(a URL\)/);
    assert.ok(!wrong.err.includes('a-secret'));
    const signature = 'TableEndpoint=https://a-secret/;SharedAccessSignature=a-secret';
    const refused = 'TOKEN_STORAGE (or AzureWebJobsStorage) is refused by the storage library\n';
    assert.deepEqual(await run(['list'], { TOKEN_STORAGE: signature }), { code: 1, out: '', err: refused });
  });

  it('prints its usage without a storage', async () => {
    const { code, out, err } = await run(['--help'], {});
    assert.deepEqual([code, err], [0, '']);
    for (const command of ['add', 'list', 'disable', 'enable', 'rotate-secret', 'remove']) {
      assert.match(out, new RegExp(`^  ${command} `, 'm'));
    }
    assert.match(
      out,
      /TOKEN_STORAGE__tableServiceUri=https:\/\/ACCOUNT\.table\.core\.windows\.net npm run callers -- add/,
    );
  });

  it('refuses unknown arguments with one line on stderr', async () => {
    const { code, out, err } = await run(['add', 'No Name'], {});
    assert.deepEqual([code, out], [1, '']);
    assert.match(err, /^A caller's name must be 1 to 64 of a-z.* See `npm run callers -- --help`\.\n$/);
  });
});

describe('the command line of npm run callers', () => {
  it('takes one command, and the name that the command needs', () => {
    assert.deepEqual(parseCommandLine(['list']), { kind: 'run', options: { command: 'list' } });
    for (const command of ['add', 'disable', 'enable', 'rotate-secret', 'remove']) {
      assert.deepEqual(parseCommandLine([command, 'a']), { kind: 'run', options: { command, name: 'a' } });
      for (const wrong of [[command], [command, 'a', 'b'], [command, 'A'], [command, '-a'], [command, '']]) {
        assert.equal(parseCommandLine(wrong).kind, 'invalid', wrong.join(' '));
      }
    }
    for (const wrong of [[], ['list', 'a'], ['reset', 'a'], ['invite', 'a'], ['add', 'a', '--force'], ['--halp']]) {
      assert.equal(parseCommandLine(wrong).kind, 'invalid', wrong.join(' '));
    }
    assert.deepEqual(parseCommandLine(['add', '--help']), { kind: 'help' });
  });

  it('takes only names that need no escape anywhere', () => {
    fc.assert(
      fc.property(fc.string({ unit: 'binary', maxLength: 70 }), (name) => {
        const { kind } = parseCommandLine(['add', '--', name]);
        assert.equal(kind === 'run', /^[a-z0-9][a-z0-9._-]{0,63}$/.test(name));
      }),
    );
    assert.equal(parseCommandLine(['add', 'a'.repeat(64)]).kind, 'run');
    assert.equal(parseCommandLine(['add', 'a'.repeat(65)]).kind, 'invalid');
    assert.equal(parseCommandLine(['add', 'a\n']).kind, 'invalid');
  });
});

describe('the list of callers', () => {
  it('has a line for each, in columns', () => {
    const listed = [
      caller({ name: 'a', createdAtMs: NOW_MS }),
      caller({ name: 'longer-name', createdAtMs: NOW_MS, disabled: true, lastLoginAtMs: NOW_MS }),
    ];
    assert.deepEqual(renderCallers(listed).split('\n'), [
      'name         created               disabled  last login',
      'a            2026-01-15T12:00:00Z  no        never',
      'longer-name  2026-01-15T12:00:00Z  yes       2026-01-15T12:00:00Z',
    ]);
  });
});
