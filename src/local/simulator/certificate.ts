/** The certificate of the simulator's https mode. Node's own crypto module reads certificates but cannot create them. */
import { generateKeyPairSync, randomBytes } from 'node:crypto';
import { isIP } from 'node:net';
import forge from 'node-forge';

export interface Certificate {
  /** PEM. A client that trusts the simulator has this among its certificate authorities. */
  readonly cert: string;
  /** PEM. */
  readonly key: string;
}

const LIFE_MS = 30 * 24 * 3600 * 1000;
const HOUR_MS = 3600 * 1000;

/**
 * Creates a self-signed certificate, valid for 30 days.
 *
 * @param hosts the names and IP addresses that it is valid for
 */
export function createCertificate(hosts: readonly string[]): Certificate {
  const { privateKey, publicKey } = generateKeyPairSync('rsa', {
    modulusLength: 2048,
    publicKeyEncoding: { type: 'spki', format: 'pem' },
    privateKeyEncoding: { type: 'pkcs8', format: 'pem' },
  });
  const certificate = forge.pki.createCertificate();
  const subject = [{ name: 'commonName', value: 'Quartile simulator' }];
  const now = Date.now();
  certificate.publicKey = forge.pki.publicKeyFromPem(publicKey);
  certificate.serialNumber = `01${randomBytes(15).toString('hex')}`; // positive (RFC 5280 §4.1.2.2)
  certificate.validity.notBefore = new Date(now - HOUR_MS);
  certificate.validity.notAfter = new Date(now + LIFE_MS);
  certificate.setSubject(subject);
  certificate.setIssuer(subject);
  const altNames = hosts.map((host) => (isIP(host) ? { type: 7, ip: host } : { type: 2, value: host }));
  certificate.setExtensions([
    { name: 'basicConstraints', cA: true, critical: true },
    { name: 'subjectAltName', altNames },
  ]);
  certificate.sign(forge.pki.privateKeyFromPem(privateKey), forge.md.sha256.create());
  return { cert: forge.pki.certificateToPem(certificate), key: privateKey };
}
