import assert from 'node:assert/strict';
import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { createInterface } from 'node:readline';
import { describe, it } from 'node:test';
import { startAzurite } from '../../src/local/azurite.ts';
import { isListening } from '../../src/local/ports.ts';
import { until } from '../e2e/stack.ts';

const azuriteModule = new URL('../../src/local/azurite.ts', import.meta.url).href;
const guard = new URL('../../src/local/end-with-starter.ts', import.meta.url).href;

describe('an Azurite that was started here', { timeout: 120_000 }, () => {
  it('is never taken for the one that has its ports', async () => {
    const azurite = await startAzurite();
    try {
      const endpoints = [...azurite.connectionString.matchAll(/Endpoint=http:[^;]+:(\d+)/g)];
      const ports = endpoints.map(([, port]) => Number(port));
      assert.equal(new Set(ports).size, 3);
      assert.equal(azurite.tablePort, ports[2]);
      await assert.rejects(startAzurite({ ports: [0, 0, azurite.tablePort] }), /does not start.*EADDRINUSE/);
    } finally {
      await azurite.stop();
    }
  });

  it('ends with the process that started it, even when that is killed', async () => {
    const program = `
      const { startAzurite } = await import(${JSON.stringify(azuriteModule)});
      console.log((await startAzurite()).tablePort);`;
    const starter = spawn(process.execPath, ['--input-type=module', '-e', program], {
      stdio: ['ignore', 'pipe', 'inherit'],
    });
    const [line] = await once(createInterface(starter.stdout), 'line');
    const port = Number(line);
    assert.ok(await isListening(port));
    starter.kill('SIGKILL');
    await until(async () => !(await isListening(port)));
  });

  it('ends so while it is still starting, too', async () => {
    const child = spawn(process.execPath, ['--import', guard, '-e', 'process.send(""); setInterval(() => {}, 1e6)'], {
      stdio: ['ignore', 'inherit', 'inherit', 'ipc'],
    });
    await once(child, 'message');
    child.disconnect();
    assert.deepEqual(await once(child, 'exit'), [143, null]);
  });
});
