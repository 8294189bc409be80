/** Reports for the units that put one into words or pictures. */
import type { Fingerprints } from '../../src/quartile/fingerprint.ts';
import { reportStatus, type StatusReport } from '../../src/status/status-report.ts';
import type { CallerAccess } from '../../src/settings/settings.ts';
import type { TokenRow } from '../../src/store/token-store.ts';
import { knownOf } from '../hand-out/known.ts';
import { HOUR_MS, keyRing, NOW_MS } from '../fixtures.ts';

export const FINGERPRINTS: Fingerprints = ['these credentials'];

type Setup = {
  readonly storeAnswers?: boolean;
  readonly lastHeld?: TokenRow;
  readonly readAtMs?: number | undefined;
  readonly schedule?: string;
  readonly callers?: CallerAccess;
  readonly nowMs?: number;
};

/** Of an instance with the default settings, whose ring has an old key, too. */
export function reportOf(
  row: TokenRow | undefined,
  {
    storeAnswers = true,
    schedule = '0 */30 * * * *',
    callers = { auth: 'function-key' },
    nowMs = NOW_MS,
    ...more
  }: Setup = {},
): StatusReport {
  const settings = {
    marginMs: HOUR_MS,
    schedule,
    encryptionKeys: keyRing('new', 'old'),
    callers,
  };
  return reportStatus(knownOf(row, { storeAnswers, readAtMs: nowMs, ...more }), {
    account: 'default',
    settings,
    fingerprints: FINGERPRINTS,
    nowMs,
  });
}
