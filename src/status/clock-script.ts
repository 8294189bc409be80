/**
 * The page's only script: it counts the clock down, adds the reader's local time, and marks the page as old after a minute
 * or when its token has expired. Without it the page shows the time of its rendering.
 *
 * It measures the time since the page was opened, so a wrong clock in the browser does no harm. It uses two clocks, because
 * the monotonic one may stop while the machine sleeps. An old page reloads when its tab is shown again, or when its clock
 * runs out in a tab that is shown: at most once a minute, so that it cannot reload in a loop.
 */
export const CLOCK_SCRIPT = `
'use strict';
const sayClock = (seconds) => {
  const twoDigits = (count) => String(count % 60).padStart(2, '0');
  return Math.floor(seconds / 3600) + ':' + twoDigits(Math.floor(seconds / 60)) + ':' + twoDigits(seconds);
};
const find = (selector) => document.querySelector(selector);
const [steadyMs, wallMs, title, clock] = [performance.now(), Date.now(), document.title, find('.clock')];
let isLoading = false;
const reload = () => {
  if (isLoading || document.hidden || !navigator.onLine) return;
  isLoading = true;
  location.reload();
};
const run = () => {
  const passedMs = Math.max(performance.now() - steadyMs, Date.now() - wallMs);
  const minutes = Math.floor(passedMs / 60000);
  const left = clock ? Math.floor(Number(clock.dataset.seconds) - passedMs / 1000) : Infinity;
  if (clock && left >= 1) clock.textContent = sayClock(left);
  if (left < 1) {
    find('.verdict').className = 'verdict old';
    find('h1').textContent = 'The token on this page has expired';
    find('.state').textContent = 'Reload the page to see whether there is another.';
  }
  if (minutes >= 1 || left < 1) document.title = 'Old: ' + title;
  if (minutes >= 1) {
    const age = minutes < 120 ? minutes + ' min' : Math.floor(minutes / 60) + ' h';
    find('.age').textContent = 'This page is ' + age + ' old.';
  }
  return { isOld: minutes >= 1, isOver: left < 1 };
};
for (const time of document.querySelectorAll('time')) {
  const at = new Date(time.dateTime);
  time.title = at.toLocaleString();
  if (!('local' in time.dataset) || at.getTimezoneOffset() === 0) continue;
  const day = at.getDate() === at.getUTCDate() ? {} : { day: 'numeric', month: 'short' };
  const local = at.toLocaleString([], { ...day, hour: '2-digit', minute: '2-digit', timeZoneName: 'short' });
  time.after(' UTC \\u00b7 ' + local);
}
run();
setInterval(() => {
  const { isOld, isOver } = run();
  if (isOld && isOver) reload();
}, 1000);
document.addEventListener('visibilitychange', () => {
  if (run().isOld) reload();
});
`;
