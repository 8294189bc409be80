/**
 * The environment of a local run, in which no proxy is asked for this machine's own addresses. axios and the Azure SDK
 * read these variables themselves.
 */
export function withoutLocalProxy(env: NodeJS.ProcessEnv): NodeJS.ProcessEnv {
  const hosts = [env.NO_PROXY ?? env.no_proxy, '127.0.0.1', 'localhost'].filter(Boolean).join(',');
  return { ...env, NO_PROXY: hosts, no_proxy: hosts };
}
