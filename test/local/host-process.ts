// Starts the host as a child process, in a folder of its own, and reads its output.
import assert from 'node:assert/strict';
import { spawn } from 'node:child_process';
import type { ChildProcess } from 'node:child_process';
import { once } from 'node:events';
import { mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { fileURLToPath } from 'node:url';

const launcher = fileURLToPath(new URL('../../src/local/launch.js', import.meta.url));
const main = fileURLToPath(new URL('../../src/local/host/main.ts', import.meta.url));
const apps = fileURLToPath(new URL('host-apps/', import.meta.url));

export interface HostSetup {
  /** A file in host-apps, or one that does not exist. */
  app?: string;
  args?: string[];
  env?: Record<string, string>;
}

export interface HostProcess {
  child: ChildProcess;
  /** Stdout and stderr so far. */
  output: () => string;
  /** Resolves when the output matches; rejects when the host has ended without it, or after 15 s. */
  seen: (pattern: RegExp) => Promise<void>;
  exited: Promise<number | null>;
}

export interface ReadyHost extends HostProcess {
  url: string;
  ready: Record<string, unknown>;
}

const running = new Set<HostProcess>();

/** Starts the host and returns at once. */
export async function spawnHost({ app = 'everything.cjs', args = [], env = {} }: HostSetup = {}): Promise<HostProcess> {
  const dir = await mkdtemp(path.join(tmpdir(), 'host-'));
  const entryFile = path.relative(dir, path.join(apps, app));
  await writeFile(path.join(dir, 'package.json'), JSON.stringify({ main: entryFile }));
  const child = spawn(process.execPath, [launcher, main, ...args], {
    cwd: dir,
    env: { ...process.env, ...env },
    stdio: ['ignore', 'pipe', 'pipe', 'ipc'],
  });
  const host = watch(child, dir);
  running.add(host);
  return host;
}

/** Starts the host on a free port and waits until it is ready. */
export async function startHost(setup: HostSetup = {}): Promise<ReadyHost> {
  const host = await spawnHost({ ...setup, args: ['--port', '0', ...(setup.args ?? [])] });
  const ready = await new Promise<Record<string, unknown>>((resolve, reject) => {
    host.child.once('message', (message) => resolve(Object(message)));
    void host.exited.then((code) => reject(new Error(`The host ended with ${code}: ${host.output()}`)));
  });
  return { ...host, ready, url: String(ready['url']) };
}

/** Ends all hosts that are still running. */
export async function killHosts(): Promise<void> {
  for (const { child } of running) child.kill('SIGKILL');
  await Promise.all([...running].map((host) => host.exited));
}

function watch(child: ChildProcess, dir: string): HostProcess {
  let output = '';
  const listeners = new Set<() => void>();
  const append = (chunk: Buffer) => {
    output += chunk.toString();
    for (const listener of listeners) listener();
  };
  child.stdout?.on('data', append);
  child.stderr?.on('data', append);
  const exited = waitForEnd(child, dir);
  const seen = (pattern: RegExp) =>
    new Promise<void>((resolve, reject) => {
      const fail = () => reject(new Error(`The host did not write ${pattern}: ${output}`));
      const timer = setTimeout(fail, 15_000);
      const check = () => {
        if (!pattern.test(output)) return;
        clearTimeout(timer);
        listeners.delete(check);
        resolve();
      };
      listeners.add(check);
      void exited.then(fail);
      check();
    });
  return { child, output: () => output, seen, exited };
}

/** Resolves to the exit code, once all output is read. Not by `close`: it never comes after `child.disconnect()`. */
async function waitForEnd(child: ChildProcess, dir: string): Promise<number | null> {
  const { stdout, stderr } = child;
  assert.ok(stdout && stderr);
  const outputsRead = Promise.all([once(stdout, 'close'), once(stderr, 'close')]);
  const [code]: (number | null)[] = await once(child, 'exit');
  await outputsRead;
  await rm(dir, { recursive: true, force: true });
  return code ?? null;
}
