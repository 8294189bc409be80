import assert from 'node:assert/strict';
import { existsSync } from 'node:fs';
import { readFile } from 'node:fs/promises';
import path from 'node:path';
import { describe, it } from 'node:test';
import * as z from 'zod';
import { makeApps } from './bundled-apps.ts';

const packageSchema = z.object({ main: z.string() });

describe('the apps of the bench', () => {
  it('are bundled before a host is started, so that no start has the time of a bundler in it', async () => {
    const { folders, remove } = await makeApps();
    for (const folder of [folders.bench, folders.hello]) {
      const { main } = packageSchema.parse(JSON.parse(await readFile(path.join(folder, 'package.json'), 'utf8')));
      assert.ok(existsSync(path.join(folder, main)), main);
      assert.ok(existsSync(path.join(folder, 'host.json')));
    }
    remove();
    assert.ok(!existsSync(folders.hello));
  });
});
