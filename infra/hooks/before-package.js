// azd runs this before it packages: it makes the folder `dist/package`, in a fresh clone, too.
import { spawnSync } from 'node:child_process';
import { existsSync } from 'node:fs';
import { fileURLToPath } from 'node:url';

const project = fileURLToPath(new URL('../../', import.meta.url));

if (!existsSync(`${project}node_modules`)) npm('ci');
npm('run', 'package');

/** @param {...string} args */
function npm(...args) {
  const { status } = spawnSync('npm', args, { cwd: project, stdio: 'inherit', shell: process.platform === 'win32' });
  if (status !== 0) process.exit(status ?? 1);
}
