import assert from 'node:assert/strict';
import { mkdir, mkdtemp, rm, stat, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { describe, it, type TestContext } from 'node:test';
import { ensureLocalSettings, readLocalSettings, withoutLocalProxy } from '../../src/local/local-settings.ts';

async function folder(t: TestContext, files: Record<string, string> = {}): Promise<string> {
  const dir = await mkdtemp(path.join(tmpdir(), 'settings-'));
  t.after(() => rm(dir, { recursive: true }));
  for (const [name, text] of Object.entries(files)) await writeFile(path.join(dir, name), text);
  return dir;
}

describe('local.settings.json', () => {
  it('is read, and the environment overrides it, even with an empty value', async (t) => {
    const dir = await folder(t, {
      'local.settings.json': '\ufeff{"Values":{"A":"file","B":"file","C":"file"},"Host":{}}',
    });
    assert.deepEqual(await readLocalSettings(dir, { B: 'environment', C: '' }), { A: 'file', B: 'environment', C: '' });
  });

  it('may be missing', async (t) => {
    assert.deepEqual(await readLocalSettings(await folder(t), { A: 'environment' }), { A: 'environment' });
  });

  it('is copied from the example, once', async (t) => {
    const dir = await folder(t, { 'local.settings.json.example': '{"Values":{"A":"example"}}' });
    assert.deepEqual([await ensureLocalSettings(dir), await ensureLocalSettings(dir)], [true, false]);
    assert.deepEqual(await readLocalSettings(dir, {}), { A: 'example' });
  });

  const noModes = process.platform === 'win32' && 'Windows has no such modes';
  it('can be read by its owner only, whatever the mode of the example', { skip: noModes }, async (t) => {
    const dir = await folder(t, { 'local.settings.json.example': '{"Values":{}}' });
    await ensureLocalSettings(dir);
    assert.equal((await stat(path.join(dir, 'local.settings.json'))).mode & 0o777, 0o600);
  });

  for (const text of ['', '{', '[]', '{}', '{"Values":{"A":5}}', '{"Values":[]}']) {
    it(`is refused if it is ${text || 'empty'}, in one line without its content`, async (t) => {
      const dir = await folder(t, { 'local.settings.json': text });
      await assert.rejects(readLocalSettings(dir, {}), { message: /^local\.settings\.json is not valid: [^\n]*$/ });
    });
  }

  it('is refused if it is encrypted, with the command that helps', async (t) => {
    const dir = await folder(t, { 'local.settings.json': '{"IsEncrypted":true,"Values":{"A":"CfDJ8…"}}' });
    await assert.rejects(readLocalSettings(dir, {}), {
      message: /^local\.settings\.json is encrypted\. [^\n]*func settings decrypt/,
    });
  });

  it('is read if it says that it is not encrypted', async (t) => {
    const dir = await folder(t, { 'local.settings.json': '{"IsEncrypted":false,"Values":{"A":"file"}}' });
    assert.deepEqual(await readLocalSettings(dir, {}), { A: 'file' });
  });

  it('is refused if it cannot be read', async (t) => {
    const dir = await folder(t);
    await mkdir(path.join(dir, 'local.settings.json'));
    await assert.rejects(readLocalSettings(dir, {}), { message: /^local\.settings\.json cannot be read \(E[^\n]*\)$/ });
  });
});

describe('the environment without a proxy for this machine', () => {
  it('adds loopback hosts to NO_PROXY, in both spellings, and keeps the rest', () => {
    const hosts = 'internal.example,localhost,127.0.0.1,::1,[::1]';
    for (const name of ['NO_PROXY', 'no_proxy']) {
      const env = withoutLocalProxy({ HTTP_PROXY: 'http://proxy', [name]: 'internal.example' });
      assert.deepEqual(env, { HTTP_PROXY: 'http://proxy', NO_PROXY: hosts, no_proxy: hosts });
    }
  });
});
