import assert from 'node:assert/strict';
import { createHash } from 'node:crypto';
import { spawnSync } from 'node:child_process';
import { once } from 'node:events';
import { mkdirSync, readFileSync, writeFileSync } from 'node:fs';
import { createServer } from 'node:http';
import path from 'node:path';
import { afterEach, describe, it } from 'node:test';
import { zipSync } from 'fflate';
import * as z from 'zod';
import { readWorkflow, root, type Runner, startRunner } from './workflows.ts';

const missing = ['bash', 'sha256sum', 'unzip', 'jq', 'openssl', 'cmp'].filter(
  (command) => spawnSync(command, ['--help'], { stdio: 'ignore' }).error !== undefined,
);
const skip =
  process.platform !== 'linux' ? 'the steps run on Linux' : missing.length > 0 && `no ${missing.join(', ')} here`;
const runners: Runner[] = [];
afterEach(() => runners.splice(0).forEach((runner) => runner.remove()));

function machine(programs: Record<string, string>): Runner {
  const runner = startRunner(programs);
  runners.push(runner);
  return runner;
}

const sha256 = (contents: string | Uint8Array) => createHash('sha256').update(contents).digest('hex');

describe('the step "Make the release"', { skip }, () => {
  const env = { GITHUB_REF_NAME: 'v1.2.3' };

  /** @param there whether GitHub reports the release as a draft, if there is one; `published` is its list of sums */
  function withRelease({ there = '', published = '' }: { there?: string; published?: string } = {}) {
    const runner = machine({
      gh: `case "$2" in
        view) test -n '${there}' && echo '${there}' ;;
        download) while [ "$1" != --output ]; do shift; done; printf '%s' '${published}' > "$2" ;;
      esac`,
    });
    mkdirSync(path.join(runner.dir, 'release'));
    for (const name of ['quartile-token-keeper.zip', 'quartile-token-keeper-1.2.3.tgz', 'notes.md', 'SHA256SUMS']) {
      writeFileSync(path.join(runner.dir, 'release', name), name);
    }
    return { runner, run: (more = {}) => runner.run('release.yml', 'Make the release', { ...env, ...more }) };
  }
  const created = (runner: Runner) => runner.calls().filter((call) => call.startsWith('gh release create'));

  it('creates the release, with package, client and sums', async () => {
    const { runner, run } = withRelease();
    assert.equal((await run()).code, 0);
    assert.deepEqual(created(runner), [
      'gh release create v1.2.3 --verify-tag --title v1.2.3 --notes-file release/notes.md ' +
        'release/quartile-token-keeper.zip release/quartile-token-keeper-1.2.3.tgz release/SHA256SUMS',
    ]);
  });

  it('marks a prerelease', async () => {
    const { runner, run } = withRelease();
    assert.equal((await run({ GITHUB_REF_NAME: 'v1.2.3-rc.1' })).code, 0);
    assert.match(created(runner)[0] ?? '', / --prerelease /);
  });

  it('keeps an existing release with the same files, so that a job can be run again', async () => {
    const { runner, run } = withRelease({ there: 'false', published: 'SHA256SUMS' });
    const { code, output } = await run();
    assert.deepEqual([code, created(runner)], [0, []]);
    assert.match(output, /already exists with the same files/);
  });

  it('never replaces the files of a release', async () => {
    const { runner, run } = withRelease({ there: 'false', published: 'other sums' });
    const { code, output } = await run();
    assert.deepEqual([code, created(runner)], [1, []]);
    assert.match(output, /::error::The release v1\.2\.3 already exists with other files/);
  });

  it('creates the release if only a draft exists', async () => {
    const { runner, run } = withRelease({ there: 'true' });
    assert.equal((await run()).code, 0);
    assert.equal(created(runner).length, 1);
  });
});

describe('the step "Publish the client"', { skip }, () => {
  const tarball = 'the tarball';
  const integrity = `sha512-${createHash('sha512').update(tarball).digest('base64')}`;

  function withNpm(there: string) {
    const runner = machine({
      npm: `test "$1" != view || { test -n '${there}' && echo '${there}' || { echo E404 >&2; exit 1; }; }`,
    });
    mkdirSync(path.join(runner.dir, 'release'));
    writeFileSync(path.join(runner.dir, 'release', 'quartile-token-keeper-1.2.3.tgz'), tarball);
    return {
      runner,
      run: (ref = 'v1.2.3') => runner.run('release.yml', 'Publish the client', { GITHUB_REF_NAME: ref }),
    };
  }
  const published = (runner: Runner) => runner.calls().filter((call) => call.startsWith('npm publish'));

  it('publishes with provenance, as latest', async () => {
    const { runner, run } = withNpm('');
    assert.equal((await run()).code, 0);
    assert.deepEqual(runner.calls(), [
      'npm view quartile-token-keeper@1.2.3 dist.integrity',
      'npm publish ./release/quartile-token-keeper-1.2.3.tgz --provenance --access public --ignore-scripts --tag latest',
    ]);
  });

  it('publishes a prerelease under another tag', async () => {
    const { runner, run } = withNpm('');
    assert.equal((await run('v1.2.3-rc.1')).code, 0);
    assert.match(published(runner)[0] ?? '', /--tag next$/);
  });

  it('succeeds if npm already has this tarball, so that a job can be run again', async () => {
    const { runner, run } = withNpm(integrity);
    assert.deepEqual([(await run()).code, published(runner)], [0, []]);
  });

  it('fails if npm has that version with other contents', async () => {
    const { runner, run } = withNpm('sha512-another');
    const { code, output } = await run();
    assert.deepEqual([code, published(runner)], [1, []]);
    assert.match(output, /::error::npm already has 1\.2\.3 with other contents/);
  });
});

describe('the step "Take the package of the release"', { skip }, () => {
  const packageOf = (version: string) =>
    zipSync({ 'package.json': new TextEncoder().encode(JSON.stringify({ version })) });

  async function take(zip: Uint8Array, sums: string) {
    const runner = machine({ gh: 'cp "$FILES"/* .' });
    const files = path.join(runner.dir, 'files');
    mkdirSync(files);
    writeFileSync(path.join(files, 'quartile-token-keeper.zip'), zip);
    writeFileSync(path.join(files, 'SHA256SUMS'), sums);
    const env = { TAG: 'v1.2.3', GITHUB_REPOSITORY: 'owner/name', FILES: files };
    return runner.run('deploy.yml', 'Take the package of the release', env);
  }
  const sumsOf = (zip: Uint8Array) =>
    `${sha256('x')}  quartile-token-keeper-1.2.3.tgz\n${sha256(zip)}  quartile-token-keeper.zip\n`;

  it('accepts the package of the release', async () => {
    const zip = packageOf('1.2.3');
    const { code, output } = await take(zip, sumsOf(zip));
    assert.equal(code, 0, output);
  });

  it('refuses a package with another sum, or with none', async () => {
    const zip = packageOf('1.2.3');
    assert.notEqual((await take(zip, sumsOf(packageOf('1.2.4')))).code, 0);
    assert.notEqual((await take(zip, `${sha256('x')}  quartile-token-keeper-1.2.3.tgz\n`)).code, 0);
    assert.notEqual((await take(zip, '')).code, 0);
  });

  it('refuses the package of another version', async () => {
    const zip = packageOf('1.2.2');
    const { code, output } = await take(zip, sumsOf(zip));
    assert.equal(code, 1);
    assert.match(output, /::error::The package of the release v1\.2\.3 is version 1\.2\.2/);
  });
});

describe('the step "Take the parameters"', { skip }, () => {
  it('exports the parameters among the variables, one line each, and nothing else', async () => {
    const runner = machine({});
    const file = path.join(runner.dir, 'github-env');
    const vars = {
      CALLER_AUTH: 'jwt',
      ALERT_EMAIL: '',
      OTHER_SETTINGS: '{"A":\n"b"}',
      PATH: '/evil',
      MAXIMUM_INSTANCES: '50',
    };
    const { PARAMETERS = '' } = readWorkflow('deploy.yml').env ?? {};
    const { code, output } = await runner.run('deploy.yml', 'Take the parameters', {
      VARS: JSON.stringify(vars),
      PARAMETERS,
      GITHUB_ENV: file,
    });
    assert.equal(code, 0, output);
    assert.equal(readFileSync(file, 'utf8'), 'CALLER_AUTH=jwt\nOTHER_SETTINGS={"A":"b"}\nMAXIMUM_INSTANCES=50\n');
  });
});

describe('the step "Provision"', { skip }, () => {
  const provisionWith = (outputs: string) =>
    machine({ azd: `case "$1" in provision) exit 0 ;; env) ${outputs} ;; esac` }).run('deploy.yml', 'Provision');

  it('passes if azd has the outputs of the deployment', async () => {
    const { code, output } = await provisionWith('echo "the $3"');
    assert.equal(code, 0, output);
  });

  it('fails if azd exits with 0 but did not deploy, as after a cancelled validation', async () => {
    for (const outputs of ['echo "ERROR: key not found"; exit 1', 'exit 0']) {
      const { code, output } = await provisionWith(outputs);
      assert.equal(code, 1);
      assert.match(
        output,
        /::error::azd provision did not deploy the templates: there is no output AZURE_FUNCTION_APP/,
      );
    }
  });

  it('fails if azd does', async () => {
    const runner = machine({ azd: 'exit 7' });
    assert.equal((await runner.run('deploy.yml', 'Provision')).code, 7);
    assert.equal(runner.calls().length, 1);
  });
});

describe('the step "Test the deployed app"', { skip }, () => {
  /** Azure's front end refuses this machine; `az` still works. */
  async function askBehindRestrictions({ state = 'Running', ranges = '203.0.113.0/24' } = {}) {
    const server = createServer((_request, response) => {
      response.writeHead(403, { 'x-ms-forbidden-ip': '198.51.100.1' }).end();
    }).listen(0, '127.0.0.1');
    await once(server, 'listening');
    const { port } = z.object({ port: z.number() }).parse(server.address());
    const runner = machine({
      azd: `case "$3" in KEEPER_URL) echo http://127.0.0.1:${port} ;; *) echo "the-$3" ;; esac`,
      // For an app on Flex Consumption, `az` prints the state one level deeper than for others.
      az: `case "$2 $*" in
        keys*) echo Forbidden >&2; exit 1 ;;
        show*"--query properties.state || state "*) echo '${state}' ;;
      esac`,
    });
    mkdirSync(path.join(runner.dir, 'infra'));
    for (const name of ['smoke-test.js', 'package.json']) {
      const contents = name === 'package.json' ? '{"type":"module"}' : `import '${path.join(root, 'infra', name)}';`;
      writeFileSync(path.join(runner.dir, name === 'package.json' ? '' : 'infra', name), contents);
    }
    try {
      const ran = await runner.run('deploy.yml', 'Test the deployed app', { TAG: 'v1.2.3', ALLOWED_IP_RANGES: ranges });
      return { ...ran, calls: runner.calls() };
    } finally {
      server.close();
    }
  }

  it('warns if the ranges exclude the runner, and does not open the app for it', async () => {
    const { code, output, calls } = await askBehindRestrictions();
    assert.equal(code, 0, output);
    assert.match(output, /::warning title=The app was not tested::ALLOWED_IP_RANGES excludes this runner/);
    assert.ok(
      calls.every((call) => /^(azd env get-value|az functionapp (keys list|show)) /.test(call)),
      calls.join('\n'),
    );
  });

  it('fails if Azure then reports that the app does not run', async () => {
    const { code, output } = await askBehindRestrictions({ state: 'Stopped' });
    assert.equal(code, 1);
    assert.match(output, /::error::Azure reports that the app is not running: Stopped/);
  });

  it('fails if the app is closed to this machine without ALLOWED_IP_RANGES', async () => {
    assert.equal((await askBehindRestrictions({ ranges: '' })).code, 3);
  });
});
