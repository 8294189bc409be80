import assert from 'node:assert/strict';
import { execFile, spawnSync } from 'node:child_process';
import { mkdtemp, readdir, readFile, rm, symlink, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { after, before, describe, it } from 'node:test';
import { promisify } from 'node:util';
import * as z from 'zod';
import { projectDir } from '../../src/local/bundle.ts';
import { type Stack, startStack } from '../e2e/stack.ts';

const hasNpm = spawnSync('npm', ['--version'], { shell: process.platform === 'win32' }).status === 0;
const skip = !hasNpm && 'there is no npm on this machine';

const CONSUMER = `
import { createTokenSource, TokenSourceError, type CurrentToken, type TokenSourceErrorCode } from 'quartile-token-keeper/client';

const [url = '', business = ''] = process.argv.slice(2);
const source = createTokenSource({ url, functionKey: 'not-checked-here', waitMs: 20_000 });
const { accessToken, expiresAt, generation }: CurrentToken = await source.getToken({ minTtlSeconds: 60 });
const answer: Response = await source.authorizedFetch(business, { headers: { 'x-own': '1' } });
let code: TokenSourceErrorCode | undefined;
try {
  await source.authorizedFetch(url);
} catch (error) {
  if (error instanceof TokenSourceError) code = error.code;
}
const results: [number, number, boolean, string | undefined] = [answer.status, generation, expiresAt > new Date(), code];
console.log(JSON.stringify([...results, accessToken.length > 500]));
`;

/** With or without a prerelease (https://semver.org, §9), such as 1.0.0-rc.1. */
const TARBALL = /quartile-token-keeper-\d+\.\d+\.\d+(?:-[\dA-Za-z-]+(?:\.[\dA-Za-z-]+)*)?\.tgz$/;

/** A caller with the types of browsers, and none of Node's. */
const PAGE = `
import { createTokenSource, type TokenSource } from 'quartile-token-keeper/client';
import type { AxiosInstance } from 'axios';

export function start(instance: AxiosInstance): TokenSource {
  const source = createTokenSource({ url: new URL('https://keeper.example'), clientId: 'a', clientSecret: 'b' });
  source.attachTo(instance);
  void source.authorizedFetch(new Request('https://quartile.example'), { signal: AbortSignal.timeout(1_000) });
  // @ts-expect-error -- no such option
  createTokenSource({ url: '', functionKey: 'k', key: '' });
  return source;
}
`;

describe('the tarball of the client', { timeout: 120_000, skip }, () => {
  let stack: Stack;
  let dir: string;
  let installed: string;
  before(async () => {
    stack = await startStack();
    dir = await mkdtemp(path.join(tmpdir(), 'consumer-'));
    installed = path.join(dir, 'node_modules', 'quartile-token-keeper');
    await writeFile(path.join(dir, 'package.json'), '{"name":"consumer","private":true,"type":"module"}');
  });
  after(async () => {
    await stack.stop();
    await rm(dir, { recursive: true });
  });

  /** Not synchronously: the simulator lives in this process. */
  async function run(command: string, args: readonly string[], cwd = dir): Promise<string> {
    const shell = process.platform === 'win32' && command === 'npm';
    return (await promisify(execFile)(command, [...args], { cwd, shell })).stdout;
  }

  function check(file: string, config: Record<string, unknown>): Promise<string> {
    const compiler = path.join(projectDir, 'node_modules', 'typescript', 'bin', 'tsc');
    const shared = '--ignoreConfig --noEmit --strict --exactOptionalPropertyTypes --target es2022 --module nodenext';
    const args = Object.entries(config).flatMap(([name, value]) => [`--${name}`, String(value)]);
    return run(process.execPath, [compiler, ...shared.split(' '), ...args, file]);
  }

  it('has the version in its name, also a prerelease', () => {
    for (const version of ['1.0.0', '1.0.0-rc.1', '1.0.0-beta'])
      assert.match(`quartile-token-keeper-${version}.tgz`, TARBALL);
    for (const version of ['1.0', '1.0.0-', '1.0.0rc'])
      assert.doesNotMatch(`quartile-token-keeper-${version}.tgz`, TARBALL);
  });

  it('is packed, and installs in an empty project, without a network', async () => {
    const printed = await run('npm', ['run', '--silent', 'pack:client'], projectDir);
    const tarball = printed.trim().split('\n').at(-1) ?? '';
    assert.match(tarball, TARBALL);
    await run('npm', ['install', '--offline', '--no-audit', '--no-fund', tarball]);
  });

  it('contains code, types, license and README, and depends on nothing', async () => {
    const files = await readdir(installed);
    for (const file of ['index.js', 'types', 'LICENSE', 'README.md', 'package.json']) assert.ok(files.includes(file));
    assert.deepEqual(
      files.filter((file) => !/\.(js|json|md)$|^(LICENSE|types)$/.test(file)),
      [],
    );
    const manifest = z
      .record(z.string(), z.unknown())
      .parse(JSON.parse(await readFile(path.join(installed, 'package.json'), 'utf8')));
    const own = z
      .record(z.string(), z.unknown())
      .parse(JSON.parse(await readFile(path.join(projectDir, 'package.json'), 'utf8')));
    assert.deepEqual(
      [manifest.version, manifest.license, manifest.engines],
      [own.version, own.license, { node: '>=20' }],
    );
    assert.ok(!Object.keys(manifest).some((name) => /dependencies|scripts|private/i.test(name)));
    assert.deepEqual(
      await readdir(path.join(dir, 'node_modules')).then((all) => all.filter((name) => !name.startsWith('.'))),
      ['quartile-token-keeper'],
    );
    const code = await readFile(path.join(installed, 'index.js'), 'utf8');
    assert.doesNotMatch(code, /^import |\brequire\(|\bprocess\b|\bBuffer\b/m);
  });

  it('has types that compile with those of Node and with those of browsers', async () => {
    await writeFile(path.join(dir, 'main.ts'), CONSUMER);
    await writeFile(path.join(dir, 'page.ts'), PAGE);
    const packages = path.join(projectDir, 'node_modules');
    await check('main.ts', { lib: 'es2022', types: 'node', typeRoots: path.join(packages, '@types') });
    await symlink(path.join(packages, 'axios'), path.join(dir, 'node_modules', 'axios'), 'junction');
    await check('page.ts', { lib: 'es2022,dom' });
  });

  it('runs', async () => {
    const printed = await run(process.execPath, ['main.ts', stack.host.url, `${stack.simulator.url}/simulator/live`]);
    assert.deepEqual(JSON.parse(printed), [200, 1, true, 'wrong_target', true]);
  });
});
