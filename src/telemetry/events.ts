/**
 * The events that the app logs: one name and one shape for each. An event never contains a token, a password, a key or
 * another system's text.
 */

/** What started a rotation. */
export type Trigger = 'timer' | 'caller' | 'report';

export type TelemetryEvent =
  | { readonly name: 'settings.warning'; readonly message: string }
  | { readonly name: 'settings.invalid'; readonly message: string }
  /** A bug, or a fault that the code does not expect. */
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
      /** The remaining life of the refresh token. After it, only a login helps. */
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
      /** The side that failed. */
      readonly culprit: 'store' | 'upstream';
      readonly code: string;
      readonly ms: number;
      /** Absent if the row could not be read. */
      readonly refreshSecondsLeft?: number;
    }
  /** The first success after failures. `attempts` counts the failures. */
  | {
      readonly name: 'rotation.recovered';
      readonly account: string;
      readonly failedForSeconds: number;
      readonly attempts: number;
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
  /** The refresh failed, and the same attempt continues with a login. */
  | { readonly name: 'rotation.falls_back_to_login'; readonly account: string; readonly code: string }
  /** A pair was received but is not saved yet. The save is retried. */
  | { readonly name: 'rotation.save_delayed'; readonly account: string; readonly code: string }
  /** A lease could not be renewed. The heartbeat is repeated. */
  | { readonly name: 'rotation.heartbeat_failed'; readonly account: string; readonly code: string }
  /** A failure could not be recorded in the row. The lease ends by itself. */
  | { readonly name: 'rotation.failure_not_noted'; readonly account: string; readonly code: string }
  /** The pair received is older than the one in the row, and was dropped. */
  | { readonly name: 'rotation.superseded'; readonly account: string; readonly generation: number }
  /** The row's tokens cannot be decrypted; the README explains each reason. A login replaces them. */
  | { readonly name: 'tokens.unreadable'; readonly account: string; readonly reason: string }
  | { readonly name: 'token.not_usable_yet'; readonly account: string; readonly notBefore: string }
  /** The response stated a life that is not believed; see `TokenSetNote`. */
  | { readonly name: 'token.life_corrected'; readonly account: string; readonly note: string }
  | { readonly name: 'token.life_within_margin'; readonly account: string; readonly lifeSeconds: number }
  /** Which caller received which generation. */
  | {
      readonly name: 'token.served';
      readonly account: string;
      /** The caller's name, or `function-key` if the host checks function keys: these name no caller. */
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
  /** A caller reports that Quartile refused the token of this generation. */
  | { readonly name: 'token.reported'; readonly account: string; readonly generation: number }
  | { readonly name: 'caller.logged_in'; readonly caller: string; readonly ms: number }
  /** `count` logins were refused since the last such line. `callers`: the existing ones among the names sent. */
  | { readonly name: 'caller.logins_refused'; readonly count: number; readonly callers: readonly string[] }
  | { readonly name: 'caller.renewed'; readonly caller: string }
  /** The caller is disabled, was removed, or has a new secret. */
  | { readonly name: 'caller.renewal_refused'; readonly caller: string }
  /** The row lets no caller in. */
  | { readonly name: 'caller.row_damaged'; readonly caller: string }
  /** The callers' table could not be used. */
  | { readonly name: 'caller.store_failed'; readonly code: string }
  /** Health: logged when status or reasons change, and then once an hour. */
  | {
      readonly name: 'health.not_ok';
      readonly account: string;
      readonly status: string;
      readonly reasons: readonly string[];
    }
  | { readonly name: 'health.ok'; readonly account: string };

export type Level = 'info' | 'warning' | 'error';

export const levels: Readonly<Record<TelemetryEvent['name'], Level>> = {
  'settings.warning': 'warning',
  'settings.invalid': 'error',
  'invocation.failed': 'error',
  'rotation.not_due': 'info',
  'rotation.running_elsewhere': 'info',
  'rotation.done': 'info',
  'rotation.failed': 'error',
  'rotation.recovered': 'info',
  'rotation.held_back': 'error',
  'rotation.falls_back_to_login': 'warning',
  'rotation.save_delayed': 'error',
  'rotation.heartbeat_failed': 'warning',
  'rotation.failure_not_noted': 'warning',
  'rotation.superseded': 'warning',
  'tokens.unreadable': 'error',
  'token.not_usable_yet': 'warning',
  'token.life_corrected': 'warning',
  'token.life_within_margin': 'warning',
  'token.served': 'info',
  'token.withheld': 'warning',
  'token.reported': 'info',
  'caller.logged_in': 'info',
  'caller.logins_refused': 'warning',
  'caller.renewed': 'info',
  'caller.renewal_refused': 'warning',
  'caller.row_damaged': 'error',
  'caller.store_failed': 'error',
  'health.not_ok': 'warning',
  'health.ok': 'info',
};
