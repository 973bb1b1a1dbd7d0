// The Connections page: form, staged test, trust dialog.
import { choose, click, type } from '../harness/hands.mjs';
import { until } from '../harness/wait.mjs';
import { goTo } from './frame.mjs';

/** Fills in the form of a new connection that logs in with an SSH key. */
export async function fillIn(browser, { name, group, port, user, sshKey }) {
  await goTo(browser, 'connections');
  await click(browser, '#new-connection');
  await type(browser, '#connection-name', name);
  await type(browser, '#connection-group', group);
  await type(browser, '#connection-host', '127.0.0.1');
  await type(browser, '#connection-port', String(port));
  await type(browser, '#connection-username', user);
  await click(browser, '[aria-label="Log in with"] [data-segment=ssh_key]');
  await choose(browser, '#connection-ssh-key', sshKey);
}

export async function open(browser, name) {
  await goTo(browser, 'connections');
  await click(browser, `[data-connection-row="${name}"]`);
  await browser.$(`[data-connection="${name}"]`).waitForDisplayed();
}

/** Presses "Test" and waits for its end. Returns the state of each stage by its name, and how the test ended. */
export async function test(browser) {
  await click(browser, '#test-connection');
  const result = await until('the test ends', () =>
    browser.execute(() => {
      const ended = document.querySelector('[data-test]')?.dataset.test;
      if (ended !== 'passed' && ended !== 'failed') return null;
      const stages = [...document.querySelectorAll('[data-stage]')].map((line) => [line.dataset.stage, line.dataset.stageState]);
      return { ended, stages: Object.fromEntries(stages), said: document.querySelector('[aria-label=Test]').innerText };
    }), 30_000);
  return result;
}
