/** What is wrong, in words, and what to do about it. Pure: no I/O, no clock. */
import type { HealthReason } from '../hand-out/health.ts';
import type { StatusReport } from './status-report.ts';
import { reasonWords } from './wording.ts';

/** Settings and the like stand between backticks. */
export type Advice = {
  readonly code: HealthReason;
  readonly text: string;
  /** `undefined` where another reason is the cause, and says what to do. */
  readonly action: string | undefined;
};

/** What else may be the cause: where one of these is listed, that is the one to mend. */
const CAUSES: Readonly<Partial<Record<HealthReason, readonly HealthReason[]>>> = {
  last_rotation_failed: ['credentials_refused'],
  no_live_token: [
    'credentials_refused',
    'store_unreachable',
    'tokens_unreadable',
    'pair_missing',
    'timer_silent',
    'last_rotation_failed',
  ],
};

/** Causes first, as health has them. */
export function adviseOn({ health: { reasons }, history }: Pick<StatusReport, 'health' | 'history'>): Advice[] {
  return reasons.map((code) => {
    const { text, action, ifHistory } = reasonWords[code];
    if (CAUSES[code]?.some((cause) => reasons.includes(cause))) return { code, text, action: undefined };
    return { code, text, action: ifHistory !== undefined && history.length > 0 ? `${action} ${ifHistory}` : action };
  });
}

/** The same for whoever reads plain text. */
export function inPlainText(text: string): string {
  return text.replaceAll('`', '');
}
