// The frame around every page.
import { click } from '../harness/hands.mjs';
import { until } from '../harness/wait.mjs';

const ROUTES = { dashboard: '/', jobs: '/jobs', chains: '/chains', executions: '/executions', monitors: '/monitors', connections: '/connections', keys: '/keys', files: '/files', audit: '/audit', settings: '/settings', help: '/help' };

export async function goTo(browser, place) {
  await click(browser, `[data-nav=${place}]`);
  await until(`the page ${place} is open`, () =>
    browser.execute((name, route) => {
      const here = location.hash.slice(1).split('?')[0] || '/';
      const link = document.querySelector(`[data-nav=${name}]`);
      return link?.getAttribute('aria-current') === 'page' && (route === '/' ? here === '/' : here.startsWith(route));
    }, place, ROUTES[place]));
}

/** A command of the application itself, for what a person would do in a dialog of the system, outside the page. */
export async function invoke(browser, command, args) {
  const { value, error } = await browser.executeAsync(
    (name, given, done) => {
      window.__TAURI_INTERNALS__.invoke(name, given).then(
        (answer) => done({ value: answer }),
        (failure) => done({ error: JSON.stringify(failure) }),
      );
    },
    command,
    args,
  );
  if (error) throw new Error(`${command} failed: ${error}`);
  return value;
}
