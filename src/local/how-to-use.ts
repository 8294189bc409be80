/** What `npm start` prints once everything runs. Pure. */

export type Running = {
  /** The host's. */
  readonly url: string;
  readonly simulatorUrl: string | undefined;
  /** With `CALLER_AUTH=jwt`. */
  readonly callersHaveTokens: boolean;
  /** NAME=VALUE for the command-line tools, if Azurite does not use its usual ports. */
  readonly storageSetting: string | undefined;
};

export function howToUse({ url, simulatorUrl, callersHaveTokens, storageSetting }: Running): string {
  const runTimer = `curl -X POST -H 'Content-Type: application/json' -d '{}' ${url}/admin/functions/refreshTokens`;
  return [
    '',
    `Ready. Tokens come from ${simulatorUrl ? 'the simulator: no Quartile account is used' : 'Quartile'}.`,
    ...(callersHaveTokens ? [] : [`  The current token   ${url}/api/token`]), // a browser cannot send a bearer token
    `  The status page     ${url}/api/status`,
    ...(simulatorUrl ? [`  The simulator       ${simulatorUrl}/simulator/stats`] : []),
    ...(storageSetting ? [`  The storage, for command-line tools   ${storageSetting}`] : []),
    '',
    'Try it:',
    ...(callersHaveTokens ? callerLines(url, storageSetting) : plainLines(url)),
    'Run the timer now:',
    `  ${runTimer}`,
    '',
    'Ctrl-C stops all of it.',
    '',
  ].join('\n');
}

function plainLines(url: string): string[] {
  return [`  curl ${url}/api/token`, `  curl -H 'Accept: text/plain' ${url}/api/token`];
}

/** Each line prints what the next one needs. */
function callerLines(url: string, storageSetting: string | undefined): string[] {
  return [
    `  ${storageSetting ? `${storageSetting} ` : ''}npm run callers -- add NAME`,
    `  curl -d '{"client_id":"NAME","client_secret":"SECRET"}' ${url}/api/auth/login`,
    `  curl -H 'Authorization: Bearer ACCESS_TOKEN' ${url}/api/token`,
    `  curl -H 'Authorization: Bearer REFRESH_TOKEN' ${url}/api/auth/refresh_token`,
  ];
}
