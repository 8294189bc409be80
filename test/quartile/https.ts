/** https in Quartile's place, for the tests of the client. */
import type { TestContext } from 'node:test';
import tls from 'node:tls';
import { createCertificate } from '../../src/local/simulator/certificate.ts';

/** A name that is not this machine's own, so that a proxy counts for it. Tests let it resolve to this machine. */
export const NAME = 'quartile.test';

export const certificate = createCertificate([NAME]);
export const otherCertificate = createCertificate(['other.test']);

/** For the rest of a test this process trusts these certificates, as it would with `NODE_EXTRA_CA_CERTS`. */
export function trust(t: TestContext, ...certificates: readonly string[]): void {
  const before = tls.getCACertificates('default');
  tls.setDefaultCACertificates([...before, ...certificates]);
  t.after(() => tls.setDefaultCACertificates(before));
}

const PROXY_VARIABLES = ['https_proxy', 'http_proxy', 'all_proxy', 'no_proxy'].flatMap((name) => [
  name,
  name.toUpperCase(),
]);

/** For the rest of a test the environment names this proxy, or none. */
export function useProxy(t: TestContext, url: string | undefined): void {
  const before = PROXY_VARIABLES.map((name) => [name, process.env[name]] as const);
  for (const name of PROXY_VARIABLES) delete process.env[name];
  if (url !== undefined) Object.assign(process.env, { HTTPS_PROXY: url, HTTP_PROXY: url });
  t.after(() => {
    for (const [name, value] of before) {
      delete process.env[name];
      if (value !== undefined) process.env[name] = value;
    }
  });
}
