/** Finds a Bicep compiler on this machine, and runs it. Nothing is downloaded here. */
import { spawnSync } from 'node:child_process';
import { existsSync } from 'node:fs';
import os from 'node:os';
import path from 'node:path';

/** The version that the kept snapshots were made with, and that `.ci/run` restores. */
export const BICEP_VERSION = '0.49.2';

/** A command, and what comes before the arguments. */
export type Compiler = { readonly command: string; readonly before: readonly string[]; readonly version: string };

const PLATFORMS: Readonly<Record<string, string>> = {
  'linux-x64': 'linux-x64',
  'linux-arm64': 'linux-arm64',
  'darwin-x64': 'osx-x64',
  'darwin-arm64': 'osx-arm64',
  'win32-x64': 'win-x64',
  'win32-arm64': 'win-arm64',
};

/** `bicep` on the path, that of Azure CLI, or the one that NuGet restored, in this order. */
export function findCompiler(env: NodeJS.ProcessEnv = process.env): Compiler | undefined {
  const candidates: [string, readonly string[]][] = [
    ['bicep', []],
    ['az', ['bicep']],
    [restoredCompiler(env), []],
  ];
  for (const [command, before] of candidates) {
    const version = askVersion(command, before, env);
    if (version !== undefined) return { command, before, version };
  }
  return undefined;
}

/** The file in NuGet's folder of the package in `.ci/bicep.csproj`, or of its sibling for this platform. */
function restoredCompiler(env: NodeJS.ProcessEnv): string {
  const packages = env.NUGET_PACKAGES || path.join(os.homedir(), '.nuget', 'packages');
  const platform = PLATFORMS[`${process.platform}-${process.arch}`] ?? 'linux-x64';
  const name = process.platform === 'win32' ? 'bicep.exe' : 'bicep';
  return path.join(packages, `azure.bicep.commandline.${platform}`, BICEP_VERSION, 'tools', name);
}

function askVersion(command: string, before: readonly string[], env: NodeJS.ProcessEnv): string | undefined {
  if (path.isAbsolute(command) && !existsSync(command)) return undefined;
  // `az bicep` downloads a compiler on first use, but not for `version`.
  const asked = before.length > 0 ? [...before, 'version'] : ['--version'];
  const quiet = { ...env, AZURE_BICEP_CHECK_VERSION: 'false' };
  const { status, stdout } = spawnSync(command, asked, { encoding: 'utf8', env: quiet, shell: needsShell(command) });
  return status === 0 ? /\d+\.\d+\.\d+/.exec(stdout)?.[0] : undefined;
}

export type Compilation = { readonly status: number | null; readonly output: string; readonly complaints: string };

/** Runs the compiler in `cwd`. `complaints` is its error output, which includes the warnings. */
export function runCompiler(
  { command, before }: Compiler,
  args: readonly string[],
  { cwd, env = {} }: { cwd: string; env?: NodeJS.ProcessEnv },
): Compilation {
  const { status, stdout, stderr } = spawnSync(command, [...before, ...args], {
    cwd,
    env: { ...process.env, DOTNET_SYSTEM_GLOBALIZATION_INVARIANT: '1', ...env },
    encoding: 'utf8',
    maxBuffer: 64 * 1024 * 1024,
    shell: needsShell(command),
  });
  return { status, output: stdout ?? '', complaints: (stderr ?? '').trim() };
}

/** On Windows `az` is a batch file. */
function needsShell(command: string): boolean {
  return process.platform === 'win32' && command === 'az';
}
