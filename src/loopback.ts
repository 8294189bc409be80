/**
 * Tells whether a host name is this machine's loopback interface: `localhost`, 127.0.0.0/8 or `[::1]`. Traffic to it
 * does not leave the machine, so it needs no TLS, and no proxy can reach it.
 *
 * @param hostname as `URL.hostname` has it: lower case, IPv6 in brackets
 */
export function isLoopbackHost(hostname: string): boolean {
  return hostname === 'localhost' || hostname === '[::1]' || /^127(\.\d{1,3}){3}$/.test(hostname);
}
