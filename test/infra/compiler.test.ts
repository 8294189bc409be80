import assert from 'node:assert/strict';
import { spawnSync } from 'node:child_process';
import { chmodSync, mkdirSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import os from 'node:os';
import path from 'node:path';
import { after, before, describe, it } from 'node:test';
import { fileURLToPath } from 'node:url';
import { BICEP_VERSION, findCompiler } from './compiler.ts';

const check = fileURLToPath(new URL('check.ts', import.meta.url));
let dir = '';

before(() => {
  dir = mkdtempSync(path.join(os.tmpdir(), 'bicep-search-'));
});
after(() => rmSync(dir, { recursive: true }));

const runCheck = (env: NodeJS.ProcessEnv) =>
  spawnSync(process.execPath, [check], {
    encoding: 'utf8',
    env: { SystemRoot: process.env.SystemRoot, ComSpec: process.env.ComSpec, PATH: dir, NUGET_PACKAGES: dir, ...env },
  });

describe('npm run check:infra on a machine without a compiler', () => {
  it('says that it was skipped, and how to install one', () => {
    const { status, stderr } = runCheck({});
    assert.equal(status, 0);
    assert.match(stderr, /check:infra was SKIPPED[\s\S]*dotnet restore \.ci\/bicep\.csproj/);
  });

  it('fails if a compiler is required, as in .ci/run', () => {
    assert.equal(runCheck({ BICEP_REQUIRED: '1' }).status, 1);
    assert.match(
      readFileSync(new URL('../../.ci/run', import.meta.url), 'utf8'),
      /BICEP_REQUIRED=1[\s\S]*npm run check\b/,
    );
  });

  it('has the version that .ci/run restores', () => {
    const read = (file: string) => readFileSync(new URL(`../../.ci/${file}`, import.meta.url), 'utf8');
    assert.ok(read('bicep.csproj').includes(`Version="[${BICEP_VERSION}]"`));
    assert.ok(read('run').includes(`/${BICEP_VERSION}/tools`));
  });
});

describe('the compiler', { skip: process.platform === 'win32' && 'the stand-ins are shell scripts' }, () => {
  /** A stand-in that prints a version. */
  function install(file: string, version: string): string {
    mkdirSync(path.dirname(file), { recursive: true });
    writeFileSync(file, `#!/bin/sh\necho "Bicep CLI version ${version} (0000000000)"\n`);
    chmodSync(file, 0o755);
    return file;
  }

  it('is bicep, else that of az, else the one that NuGet restored', () => {
    const env = { PATH: path.join(dir, 'bin'), NUGET_PACKAGES: path.join(dir, 'packages') };
    assert.equal(findCompiler(env), undefined);
    for (const platform of ['linux-x64', 'linux-arm64', 'osx-x64', 'osx-arm64']) {
      install(
        path.join(env.NUGET_PACKAGES, `azure.bicep.commandline.${platform}`, BICEP_VERSION, 'tools', 'bicep'),
        '3.0.0',
      );
    }
    assert.equal(findCompiler(env)?.version, '3.0.0');
    const az = install(path.join(env.PATH, 'az'), '2.0.0');
    assert.deepEqual(findCompiler(env), { command: 'az', before: ['bicep'], version: '2.0.0' });
    writeFileSync(az, '#!/bin/sh\necho "Bicep CLI not found." >&2; exit 1\n');
    assert.equal(findCompiler(env)?.version, '3.0.0');
    install(path.join(env.PATH, 'bicep'), '1.0.0');
    assert.deepEqual(findCompiler(env), { command: 'bicep', before: [], version: '1.0.0' });
  });
});
