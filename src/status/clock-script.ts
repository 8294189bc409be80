/**
 * The page's one script: makes its clocks run, and says each moment in local time, too. Without it the page shows the
 * time of its rendering. It counts what has passed since, so that a browser's wrong clock does no harm; by
 * two clocks, of which the steady one may stand still while the machine sleeps.
 *
 * `data-left`: milliseconds left at the rendering; `data-ended`: what stands there when none are. `data-age`:
 * milliseconds since the table was read, at the rendering; to be filled with words.
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
const [steady, wall] = [performance.now(), Date.now()];
const run = () => {
  const passed = Math.max(performance.now() - steady, Date.now() - wall);
  for (const clock of document.querySelectorAll('[data-left]')) {
    const left = Number(clock.dataset.left) - passed;
    clock.textContent = left < 1000 ? clock.dataset.ended : sayClock(left);
  }
  for (const age of document.querySelectorAll('[data-age]')) {
    age.textContent = ', ' + sayAge(Number(age.dataset.age) + passed);
  }
};
for (const time of document.querySelectorAll('time')) time.title = new Date(time.dateTime).toLocaleString();
run();
setInterval(run, 1000);
`;
