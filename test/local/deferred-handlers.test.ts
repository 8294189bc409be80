import assert from 'node:assert/strict';
import { after, describe, it } from 'node:test';
import { build, stop } from 'esbuild';
import { bundleOptions } from '../../src/local/bundle.ts';
import { deferHandlers } from '../../src/local/deferred-handlers.ts';

describe('the bundled handlers', () => {
  after(() => stop());

  it('have no copy of the library of their own: it would make their prepared answers anew at each call', async () => {
    const { plugin, inputs } = deferHandlers(bundleOptions);
    const entryPoints = ['src/index.ts'];
    const { metafile } = await build({
      ...bundleOptions,
      entryPoints,
      plugins: [plugin],
      write: false,
      metafile: true,
    });
    const ofLibrary = (file: string) => file.startsWith('node_modules/@azure/functions/');
    assert.equal(Object.keys(metafile.inputs).filter(ofLibrary).length, 1);
    assert.ok(inputs().includes('src/http/reusable-answer.ts'));
    assert.deepEqual(inputs().filter(ofLibrary), []);
  });
});
