/** One name and one shape for each thing that happens. Never a token, a password, a key, or another system's text. */
import type { Log } from './log.ts';

/** What made a rotation start. */
export type Trigger = 'timer' | 'caller' | 'report';

export type TelemetryEvent =
  | { readonly name: 'settings.warning'; readonly message: string }
  | { readonly name: 'settings.invalid'; readonly message: string }
  /** A bug, or something that nobody thought of. The error itself may carry anything. */
  | {
      readonly name: 'invocation.failed';
      readonly error: string;
      readonly code?: string;
      readonly at: readonly string[];
    }
  | {
      readonly name: 'rotation.not_due';
      readonly account: string;
      readonly secondsLeft: number;
      /** The runway: after it, only a login helps. */
      readonly refreshSecondsLeft: number;
    }
  | { readonly name: 'rotation.running_elsewhere'; readonly account: string }
  | {
      readonly name: 'rotation.done';
      readonly account: string;
      readonly trigger: Trigger;
      readonly kind: 'login' | 'refresh';
      readonly generation: number;
      readonly expiresAt: string;
      readonly ms: number;
    }
  | {
      readonly name: 'rotation.failed';
      readonly account: string;
      readonly trigger: Trigger;
      /** Which side did not play along. */
      readonly culprit: 'store' | 'upstream';
      readonly code: string;
      readonly ms: number;
      /** Where the row is known. */
      readonly refreshSecondsLeft?: number;
    }
  /** The timer found a rotation due that must not be tried yet. */
  | {
      readonly name: 'rotation.held_back';
      readonly account: string;
      readonly code: string;
      readonly until: string;
      readonly secondsLeft: number;
      readonly refreshSecondsLeft: number;
    }
  /** Refresh did not work out, and the same attempt goes on with a login. */
  | { readonly name: 'rotation.falls_back_to_login'; readonly account: string; readonly code: string }
  /** A pair was received, and is not saved yet; saving goes on. */
  | { readonly name: 'rotation.save_delayed'; readonly account: string; readonly code: string }
  /** A lease could not be renewed; the heartbeat is repeated. */
  | { readonly name: 'rotation.heartbeat_failed'; readonly account: string; readonly code: string }
  /** The first success after failures. `attempts`: how many failed. */
  | {
      readonly name: 'rotation.recovered';
      readonly account: string;
      readonly failedForSeconds: number;
      readonly attempts: number;
    }
  /** A failure could not be noted in the row; its lease ends by itself. */
  | { readonly name: 'rotation.failure_not_noted'; readonly account: string; readonly code: string }
  /** The pair received is older than the one in the row, and was dropped. */
  | { readonly name: 'rotation.superseded'; readonly account: string; readonly generation: number }
  /** The row's tokens cannot be read; the README says what each reason means. A login replaces them. */
  | { readonly name: 'tokens.unreadable'; readonly account: string; readonly reason: string }
  | { readonly name: 'token.not_usable_yet'; readonly account: string; readonly notBefore: string }
  /** The response stated a life that is not believed; see `TokenSetNote`. */
  | { readonly name: 'token.life_corrected'; readonly account: string; readonly note: string }
  | { readonly name: 'token.life_within_margin'; readonly account: string; readonly lifeSeconds: number }
  /** Who fetched what, and when. Never the token. */
  | {
      readonly name: 'token.served';
      readonly account: string;
      /** The name of a caller; `function-key` where the host lets in whoever has a key. */
      readonly caller: string;
      readonly generation: number;
      readonly secondsLeft: number;
      readonly from: 'store' | 'cache';
      readonly ms: number;
    }
  | {
      readonly name: 'token.withheld';
      readonly account: string;
      readonly caller: string;
      readonly code: string;
      readonly ms: number;
    }
  /** A caller says that Quartile refused the token of this generation. */
  | { readonly name: 'token.reported'; readonly account: string; readonly generation: number }
  | { readonly name: 'caller.logged_in'; readonly caller: string; readonly ms: number }
  /** `caller` only where somebody is called so: whatever else was sent as a name may be a secret. */
  | { readonly name: 'caller.login_failed'; readonly caller: string | undefined }
  | { readonly name: 'caller.login_throttled'; readonly caller: string | undefined }
  /** More logins at once than this instance takes. */
  | { readonly name: 'caller.logins_crowded' }
  | { readonly name: 'caller.renewed'; readonly caller: string }
  /** Disabled, gone, or with another secret since. */
  | { readonly name: 'caller.renewal_refused'; readonly caller: string }
  /** Nobody logs in by this row. `caller` only where its key is a name. */
  | { readonly name: 'caller.row_damaged'; readonly caller: string | undefined }
  /** The callers' table could not be used. */
  | { readonly name: 'caller.store_failed'; readonly code: string }
  | {
      readonly name: 'health.not_ok';
      readonly account: string;
      readonly status: string;
      readonly reasons: readonly string[];
    };

const levels: Record<TelemetryEvent['name'], keyof Log> = {
  'settings.warning': 'warn',
  'settings.invalid': 'error',
  'invocation.failed': 'error',
  'rotation.not_due': 'info',
  'rotation.running_elsewhere': 'info',
  'rotation.done': 'info',
  'rotation.failed': 'error',
  'rotation.held_back': 'error',
  'rotation.falls_back_to_login': 'warn',
  'rotation.save_delayed': 'error',
  'rotation.heartbeat_failed': 'warn',
  'rotation.recovered': 'info',
  'rotation.failure_not_noted': 'warn',
  'rotation.superseded': 'warn',
  'tokens.unreadable': 'error',
  'token.not_usable_yet': 'warn',
  'token.life_corrected': 'warn',
  'token.life_within_margin': 'warn',
  'token.served': 'info',
  'token.withheld': 'warn',
  'token.reported': 'info',
  'caller.logged_in': 'info',
  'caller.login_failed': 'warn',
  'caller.login_throttled': 'warn',
  'caller.logins_crowded': 'warn',
  'caller.renewed': 'info',
  'caller.renewal_refused': 'warn',
  'caller.row_damaged': 'error',
  'caller.store_failed': 'error',
  'health.not_ok': 'warn',
};

/** Writes an event as one line: its name, then its fields as JSON. */
export function logEvent(log: Log, event: TelemetryEvent): void {
  const { name, ...fields } = event;
  log[levels[name]](`${name} ${JSON.stringify(fields)}`);
}
