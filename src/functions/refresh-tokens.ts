import { app } from '@azure/functions';
import { timerSchedule } from '../settings/registration.ts';

/** The timer: checks every half hour, and rotates when the margin or less is left. */
app.timer('refreshTokens', {
  schedule: timerSchedule(),
  runOnStartup: false,
  handler: async (_timer, context) => {
    const { refreshTokens } = await import('../handlers/refresh-tokens.ts');
    await refreshTokens(context);
  },
});
