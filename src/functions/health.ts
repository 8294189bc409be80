import type { HttpRequest, HttpResponseInit, InvocationContext } from '@azure/functions';
import { ACCOUNT, getApp } from '../app.ts';
import { type Health, judgeHealth } from '../hand-out/health.ts';
import { healthAnswer } from '../http/answers.ts';
import { logDuring, type LogEvent } from '../telemetry/log.ts';
import { createRepeatFilter } from '../telemetry/repeat-filter.ts';
import { logFailure } from './answering.ts';

type Judged = { readonly status: Health['status']; readonly reasons: readonly string[] };

/** Anyone may ask, as often as they like: this instance logs a change, and once an hour a state that persists. */
const isNews = createRepeatFilter(3_600_000, () => Date.now());

/** Answers `GET` and `HEAD /api/health`. Reads the table once a second at most, and never causes a rotation. */
export function getHealth({ method }: HttpRequest, context: InvocationContext): Promise<HttpResponseInit> {
  return logDuring(context, async (logEvent) => {
    const judged = await judge(logEvent);
    logHealth(logEvent, judged);
    return healthAnswer(judged.status, method);
  });
}

async function judge(logEvent: LogEvent): Promise<Judged> {
  try {
    const { settings, handOut, fingerprints } = await getApp(logEvent);
    const { memory } = handOut;
    const known = memory.fresh(ACCOUNT, Math.max(settings.cacheMs, 1_000)) ?? (await memory.read(ACCOUNT));
    const { schedule } = settings;
    return judgeHealth(known, {
      schedule,
      fingerprints,
      savePending: handOut.rotator.isSavePending(ACCOUNT),
      nowMs: handOut.nowMs(),
    });
  } catch (error) {
    return { status: 'down', reasons: [logFailure(logEvent, error)] };
  }
}

function logHealth(logEvent: LogEvent, { status, reasons }: Judged): void {
  if (!isNews('health', JSON.stringify([status, reasons]))) return;
  if (status === 'ok') logEvent({ name: 'health.ok', account: ACCOUNT });
  else logEvent({ name: 'health.not_ok', account: ACCOUNT, status, reasons });
}
