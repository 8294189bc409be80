import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import { timerSchedule } from '../../src/settings/registration.ts';
import { validEnv } from '../fixtures.ts';

describe('timerSchedule', () => {
  it('is the default, literally, where the setting is absent or empty', () => {
    assert.equal(timerSchedule(validEnv({ REFRESH_SCHEDULE: undefined })), '0 */30 * * * *');
    assert.equal(timerSchedule(validEnv({ REFRESH_SCHEDULE: '' })), '0 */30 * * * *');
  });

  it('leaves a setting to the host to resolve, even one that is wrong', () => {
    for (const schedule of ['0 */5 * * * *', 'often']) {
      assert.equal(timerSchedule(validEnv({ REFRESH_SCHEDULE: schedule })), '%REFRESH_SCHEDULE%');
    }
  });
});
