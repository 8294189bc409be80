/**
 * The page's one script: makes its clocks run, says how old the page is, and no longer what was so when it has become
 * old. Without it the page shows the time of its rendering. It counts what has passed since, so that a browser's wrong
 * clock does no harm; by two clocks, of which the steady one may stand still while the machine sleeps.
 *
 * `data-left`: milliseconds left at the rendering. `data-age`: milliseconds since the table was read, at the rendering;
 * to be filled with words. `data-local`: a moment that is said in local time, too, where that is another.
 *
 * The page is loaded again when somebody comes back to its tab, or sees its clock run out; never within a minute of
 * being loaded, so that no page can load itself in a loop.
 */
export const CLOCK_SCRIPT = `
'use strict';
const sayClock = (ms) => {
  const seconds = Math.max(0, Math.floor(ms / 1000));
  const two = (count) => String(count % 60).padStart(2, '0');
  const days = Math.floor(seconds / 86400);
  const hours = Math.floor(seconds / 3600) % 24;
  const rest = two(Math.floor(seconds / 60)) + ':' + two(seconds);
  return days > 0 ? days + ' d ' + two(hours) + ':' + rest : hours + ':' + rest;
};
const sayAge = (ms) => {
  const minutes = Math.floor(ms / 60000);
  if (minutes < 1) return 'just now';
  if (minutes < 60) return minutes + ' min ago';
  const hours = Math.floor(minutes / 60);
  return hours < 48 ? hours + ' h ago' : Math.floor(hours / 24) + ' d ago';
};
const find = (selector) => document.querySelector(selector);
const [steady, wall, title] = [performance.now(), Date.now(), document.title];
const passed = () => Math.max(performance.now() - steady, Date.now() - wall);
const isOld = () => passed() >= 60000;
let [marked, ended, loading] = [false, false, false];
const lookAgain = () => {
  if (loading || !isOld() || document.hidden || !navigator.onLine) return;
  loading = true;
  location.reload();
};
const mark = () => {
  marked = true;
  document.title = 'Old: ' + title;
  find('.age-note').textContent = 'This page is over a minute old.';
  find('[rel=icon]').href = find('[rel=icon]').dataset.old;
};
const end = () => {
  ended = true;
  mark();
  find('.age-note').textContent = '';
  find('.verdict').className = 'verdict ended';
  find('h1').textContent = document.title = 'This page is old: look again';
  find('.state').textContent = 'Its token has ended since. Whether there is another, a new look tells.';
};
const run = () => {
  const clock = find('.clock');
  const left = clock ? Number(clock.dataset.left) - passed() : Infinity;
  if (left >= 1000 && clock) clock.textContent = sayClock(left);
  const age = find('[data-age]');
  if (age) age.textContent = ', ' + sayAge(Number(age.dataset.age) + passed());
  if (isOld() && !marked) mark();
  if (left < 1000 && !ended) end();
  if (ended) lookAgain();
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
setInterval(run, 1000);
document.addEventListener('visibilitychange', () => {
  run();
  lookAgain();
});
`;
