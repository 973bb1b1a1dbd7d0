// From the start of the program to the first frame of the page in which nothing is on its way any more.
import { readFileSync } from 'node:fs';
import { execFileSync } from 'node:child_process';
import { until } from '../../window/harness/wait.mjs';

/** Milliseconds for each of so many starts; `open` starts Courier. */
export async function starts(open, times) {
  const took = [];
  for (let n = 0; n < times; n += 1) {
    const { browser, pid, close } = await open();
    const ready = await until('the page is there', () =>
      browser.execute(() => {
        const [mark] = performance.getEntriesByName('page-ready');
        return mark && performance.timeOrigin + mark.startTime;
      }), 30_000);
    took.push(ready - begun(pid));
    await close();
  }
  return took;
}

const ticks = Number(execFileSync('getconf', ['CLK_TCK'], { encoding: 'utf8' }));

/** When a process began, in milliseconds as the clock counts them; as exact as the kernel, 10 ms. */
function begun(pid) {
  const now = Date.now();
  const up = Number(readFileSync('/proc/uptime', 'utf8').split(' ')[0]);
  const since = Number(readFileSync(`/proc/${pid}/stat`, 'utf8').split(') ').at(-1).split(' ')[19]) / ticks;
  return now - (up - since) * 1000;
}
