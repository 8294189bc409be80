import assert from 'node:assert/strict';
import { spawn, spawnSync } from 'node:child_process';
import { mkdtemp, readFile, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { after, before, describe, it } from 'node:test';
import { text } from 'node:stream/consumers';
import { buildClient } from '../../src/local/pack-client/build-client.ts';
import { credentials } from '../e2e/credentials.ts';
import { bareEnv } from '../e2e/running-host.ts';
import { type Stack, startStack } from '../e2e/stack.ts';

type Example = {
  readonly fence: string;
  readonly file: string;
  readonly command: string;
  /** The programs that it needs. */
  readonly wants: readonly string[];
};

const examples: readonly Example[] = [
  { fence: 'sh\n# call-quartile.sh', file: 'call-quartile.sh', command: 'sh', wants: ['sh', 'curl'] },
  { fence: 'python\n# call_quartile.py', file: 'call_quartile.py', command: 'python3', wants: ['python3'] },
  {
    fence: 'ts\n// call-quartile.mts, for Node 22.18 or later. Named call-quartile.mjs, it runs on Node 20 too.',
    file: 'call-quartile.mts',
    command: process.execPath,
    wants: [],
  },
];

// `func start` creates its own keys, which the test does not know.
const isFunc = process.env.E2E_HOST === 'func' && 'the test does not know the keys of func start';

function missing(commands: readonly string[]): string | false {
  const absent = commands.filter(
    (command) => spawnSync(command, ['--version'], { stdio: 'ignore' }).error !== undefined,
  );
  return absent.length > 0 && `${absent.join(' and ')} is not on this machine`;
}

describe("the examples in the client's README", { timeout: 120_000 }, () => {
  const key = 'function-key-of-the-examples-test';
  let stack: Stack;
  let dir: string;
  before(async () => {
    dir = await mkdtemp(path.join(tmpdir(), 'examples-'));
    await writeFile(path.join(dir, 'package.json'), '{"type":"commonjs"}');
    await buildClient(path.join(dir, 'node_modules', 'quartile-token-keeper'));
    stack = await startStack({
      settings: { FORCED_REFRESH_COOLDOWN_SECONDS: '0' },
      args: ['--enable-auth', '--function-key', key, '--master-key', 'master-key-of-the-examples-test'],
    });
  });
  after(async () => {
    await stack.stop();
    await rm(dir, { recursive: true });
  });

  /** Runs an example unchanged, against the simulator's business route. */
  async function run(
    { fence, file, command }: Example,
    subscriptionKey = credentials.subscriptionKey,
  ): Promise<{ code: number; output: string }> {
    const readme = await readFile(new URL('../../src/client/README.md', import.meta.url), 'utf8');
    const code = readme.split(`\`\`\`${fence}\n`)[1]?.split('\n```')[0];
    assert.ok(code !== undefined, `The README has no example that starts with ${fence}`);
    await writeFile(path.join(dir, file), `${code}\n`);
    const env = {
      ...bareEnv(),
      KEEPER: stack.host.url,
      KEY: key,
      QUARTILE_URL: `${stack.simulator.url}/simulator/live`,
      SUBSCRIPTION_KEY: subscriptionKey,
    };
    const child = spawn(command, [file], { cwd: dir, env, stdio: ['ignore', 'pipe', 'pipe'] });
    const ended = new Promise<number>((resolve) => child.on('close', (exit) => resolve(exit ?? 1)));
    const [out, err] = await Promise.all([text(child.stdout), text(child.stderr)]);
    return { output: out + err, code: await ended };
  }

  for (const example of examples) {
    const skip = isFunc || missing(example.wants);
    it(`call Quartile as ${example.file}, and again with another token after a 401`, { skip }, async () => {
      const before401 = await run(example);
      assert.deepEqual([before401.code, /live.*true/i.test(before401.output)], [0, true], before401.output);
      const { generation = 0 } = (await stack.row()) ?? {};
      stack.simulator.revoke('access');
      const after401 = await run(example);
      assert.deepEqual([after401.code, /live.*true/i.test(after401.output)], [0, true], after401.output);
      assert.equal((await stack.row())?.generation, generation + 1);
    });

    it(`rotate nothing as ${example.file} if the subscription key is wrong`, { skip }, async () => {
      await run(example);
      const { generation } = (await stack.row()) ?? {};
      const { output } = await run(example, 'wrong');
      assert.match(output, /401/);
      assert.equal((await stack.row())?.generation, generation);
    });
  }
});
