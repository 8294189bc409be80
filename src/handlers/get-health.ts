import type { HttpResponseInit, InvocationContext } from '@azure/functions';
import { ACCOUNT, getApp } from '../app.ts';
import { judgeHealth, type Health } from '../hand-out/health.ts';
import { healthAnswer } from '../http/health-route.ts';
import { logEvent } from '../telemetry/events.ts';
import { logFailure } from './log-failure.ts';

/** Answers `GET /api/health`: reads, once a second at most, as anybody may ask; and never causes a rotation. */
export async function getHealth(context: InvocationContext): Promise<HttpResponseInit> {
  const { status, reasons } = await judge(context);
  if (status !== 'ok') logEvent(context, { name: 'health.not_ok', account: ACCOUNT, status, reasons });
  return healthAnswer(status);
}

async function judge(context: InvocationContext): Promise<Health | { status: 'down'; reasons: string[] }> {
  try {
    const { settings, handOut, fingerprints } = await getApp(context);
    const { memory } = handOut;
    const known = memory.fresh(ACCOUNT, Math.max(settings.cacheMs, 1_000)) ?? (await memory.read(ACCOUNT));
    const { schedule } = settings;
    return judgeHealth(known, { schedule, fingerprints, savePending: false, nowMs: handOut.nowMs() });
  } catch (error) {
    return { status: 'down', reasons: [logFailure(context, error)] };
  }
}
