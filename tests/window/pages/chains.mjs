// A chain's page.
import { click, Key, type } from '../harness/hands.mjs';
import { until } from '../harness/wait.mjs';
import { goTo } from './frame.mjs';

export async function newChain(browser, name) {
  await goTo(browser, 'chains');
  await click(browser, '#new-chain');
  await browser.$('[data-chain=new]').waitForDisplayed();
  await type(browser, '#chain-name', name);
}

/** Adds a job by its name, and gives the new member one of its own. */
export async function addMember(browser, job, name) {
  await click(browser, '#add-job');
  await browser.$('[data-find-job]').waitForDisplayed();
  await browser.$('[data-find-job]').addValue(job);
  await click(browser, `[data-add="${job}"]`);
  await browser.$('#member-name').waitForDisplayed();
  await type(browser, '#member-name', name);
  await until(`${name} is in the chain`, () => browser.$(`[data-member-row="${name}"], [data-member="${name}"]`).isExisting());
}

/** In the list: lets a member wait for another. */
export async function waitsFor(browser, member, upstream, { also = false } = {}) {
  await click(browser, `[data-upstreams="${member}"]`);
  await click(browser, `[data-upstream="${upstream}"]`);
  if (also) await click(browser, `[data-also="${upstream}"]`);
  await browser.keys(Key.Escape);
  await until('the choice closes', async () => !(await browser.$('[data-upstream]').isExisting()));
}

export const node = (name) => `.chain-graph [data-member="${name}"]`;
/** Where an edge begins, and where it ends. */
export const way = { out: (name) => `.chain-graph [data-out="${name}"]`, into: (name) => `.chain-graph [data-in="${name}"]` };

/** What the edges say of themselves. */
export const edges = (browser) =>
  browser.execute(() => [...document.querySelectorAll('.chain-graph .react-flow__edge')].map((edge) => edge.getAttribute('aria-label')).sort());

export async function save(browser) {
  await click(browser, '#save-chain');
  await until('the chain is saved', () => browser.execute(() =>
    document.querySelector('#chain-saved')?.textContent === '' && !document.querySelector('[data-chain=new]')));
}

/** Each member of the run that is shown, with its state. */
export const states = (browser) =>
  browser.execute(() => Object.fromEntries([...document.querySelectorAll('.chain-graph [data-member]')].map((member) => [member.dataset.member, member.dataset.memberState])));

/** Runs the chain and waits for its end. */
export async function run(browser) {
  await click(browser, '#run-chain');
  await click(browser, '#run-confirm');
  return ended(browser);
}

export const ended = (browser) =>
  until('the run of the chain ends', () =>
    browser.execute(() => {
      const state = document.querySelector('#chain-run-state')?.dataset.state;
      return ['completed', 'failed', 'cancelled'].includes(state) ? state : null;
    }), 60_000);

/** From now on notes every state that a member is in, as it is shown. */
export const record = (browser) =>
  browser.execute(() => {
    const seen = (window.courierStates = new Set());
    const look = () => {
      for (const member of document.querySelectorAll('.chain-graph [data-member]')) seen.add(`${member.dataset.member} ${member.dataset.memberState}`);
    };
    look();
    new MutationObserver(look).observe(document.body, { subtree: true, childList: true, attributes: true, attributeFilter: ['data-member-state'] });
  });

/** What was noted, in its order: `deliver running`. */
export const recorded = (browser) => browser.execute(() => [...window.courierStates]);
