// The window, as who works with it feels it: how soon it is there, how soon it answers, what it takes. The release
// build in its own display, against a store of a thousand jobs and a record of a million entries.
import { readdirSync, readFileSync } from 'node:fs';
import { dirname, join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { gzipSync } from 'node:zlib';
import { median, percentile } from './harness/measure.mjs';

export const needsWindow = true;

const STARTS = 7;
const ENTRIES = 1_000_000;
const MINUTES = Number(process.env.COURIER_BENCH_UI_MIN ?? 60);
const DIST = join(dirname(fileURLToPath(import.meta.url)), '..', '..', 'ui', 'dist');

export default async function bench({ courier, desktop: program }) {
  // Whose window and whose command the harness starts.
  process.env.COURIER_DESKTOP = program;
  process.env.COURIER_CLI = courier;
  const [{ startDesktop }, { makeHome }, { openApp }, { applyBundle }, { growRecord }] = await Promise.all(
    ['harness/desktop', 'harness/home', 'harness/session', 'peers/cli', 'peers/record'].map((name) => import(`../window/${name}.mjs`)),
  );
  const [{ workspace }, { starts }, input, { live }] = await Promise.all(
    ['workspace', 'start', 'input', 'live'].map((name) => import(`./ui/${name}.mjs`)),
  );
  const desktop = await startDesktop();
  const home = makeHome();
  // Its own way to draw, which the tests of the window cannot use.
  const open = () => openApp(desktop, { ...home.env, WEBKIT_DISABLE_DMABUF_RENDERER: '1' });
  try {
    applyBundle(home, workspace(MINUTES * 60 + 300));
    const started = await starts(open, STARTS);
    const session = await open();
    const { browser } = session;
    try {
      const palette = await input.palette(browser);
      const pages = await input.pages(browser);
      const filter = await input.filter(browser);
      const long = await input.longJob(browser);
      growRecord(home, ENTRIES);
      const record = await input.record(browser, ENTRIES);
      const { shown, hidden, memory } = await live(session, desktop.number, MINUTES);
      const page = firstPage();
      return [
        '| what | measured | goal |', '|---|---|---|',
        atMost(`page ready after the start, ${STARTS} starts`, started, 1_000),
        atMost('palette opens (Ctrl+K → painted)', palette.opened, 100),
        atMost('a letter in the palette, 1,000 jobs', palette.typed, 100),
        atMost('a letter in the filter of 1,000 jobs', filter, 100),
        atMost('from step to step by arrows in a job of 1,000 steps', long.moved, 100),
        atMost('a letter in the name of one of its steps', long.typed, 100),
        atMost('from page to page, the first time', pages.first, 100),
        atMost('from page to page, again', pages.again, 100),
        `| a job of 1,000 steps scrolls (${long.scrolled.frames} frames, ${Math.round(long.scrolled.scrolled)} px) | **${long.scrolled.perSecond.toFixed(0)} frames a second** | ≥ 45: ${mark(long.scrolled.perSecond >= 45)} |`,
        atMost(`the record with ${ENTRIES.toLocaleString('en')} entries opens`, record, 300),
        `| messages to the window, 50 live runs | **${shown.toFixed(1)} a second** | ≤ 10: ${mark(shown <= 10)} |`,
        `| … while it is hidden | **${hidden.toFixed(1)} a second** | 0: ${mark(hidden === 0)} |`,
        `| web process after ${MINUTES} min of 50 live runs (${Math.round(memory.before)} MiB before, ${Math.round(memory.peak)} at most) | **${Math.round(memory.after)} MiB** | ≤ 250 MB: ${mark(memory.after * 1.048576 <= 250)} |`,
        `| what the first page loads, gzipped | **${(page / 1000).toFixed(0)} kB** | ≤ 200 kB: ${mark(page <= 200_000)} |`,
      ];
    } finally {
      await session.close();
    }
  } finally {
    await desktop.stop();
    await home.remove();
  }
}

const mark = (isMet) => (isMet ? 'met' : 'missed');

/** A row of times in milliseconds; what nine of ten of them keep to counts. */
function atMost(what, times, goal) {
  const p90 = percentile(times, 90);
  return `| ${what} | median ${Math.round(median(times))} ms, p90 **${Math.round(p90)} ms**, most ${Math.round(Math.max(...times))} | ≤ ${goal.toLocaleString('en')} ms: ${mark(p90 <= goal)} |`;
}

/** Gzipped bytes of the page, of what it names, and of what that imports before anything is drawn. */
function firstPage() {
  const seen = new Set();
  const take = (file) => {
    if (seen.has(file)) return 0;
    seen.add(file);
    const content = readFileSync(join(DIST, file));
    const named = file.endsWith('.js') ? [...content.toString().matchAll(/(?:from|import)\s*"\.\/([\w.-]+\.js)"/g)].map(([, name]) => `assets/${name}`) : [];
    return gzipSync(content).length + named.reduce((sum, name) => sum + take(name), 0);
  };
  const html = readFileSync(join(DIST, 'index.html'), 'utf8');
  const named = [...html.matchAll(/(?:src|href)="\.?\/?(assets\/[^"]+\.(?:js|css))"/g)].map(([, name]) => name);
  // The first page's own code is asked for as soon as the frame is there.
  const dashboard = readdirSync(join(DIST, 'assets')).find((name) => /^DashboardPage-.*\.js$/.test(name));
  return gzipSync(html).length + [...named, `assets/${dashboard}`].reduce((sum, name) => sum + take(name), 0);
}
