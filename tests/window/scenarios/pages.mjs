// Every page in both themes: for the eye, for axe, and under the production's content security policy.
import assert from 'node:assert/strict';
import { complaints, complainsOfNothing, inBothThemes, listen } from '../harness/eyes.mjs';
import { until } from '../harness/wait.mjs';
import { onEveryPage, trySample } from '../pages/every.mjs';

export const name = 'Every page can be used in both themes, breaks no rule of its policy and keeps nobody out';

export async function play({ open }) {
  const { browser } = await open();
  await listen(browser);
  await policyIsInForce(browser);
  await trySample(browser);

  const blocked = [];
  await onEveryPage(browser, async (page) => {
    await inBothThemes(browser, page).catch((error) => blocked.push(error.message));
    await complainsOfNothing(browser);
  });
  assert.deepEqual(blocked, [], blocked.join('\n'));
}

/** A script in the page itself does not run, and is heard of: else hearing of nothing would prove nothing. */
async function policyIsInForce(browser) {
  await browser.execute(() => {
    const script = document.createElement('script');
    script.textContent = 'window.courierBroken = true';
    document.body.append(script);
    script.remove();
  });
  const heard = await until('the policy reports a script in the page', async () => {
    const all = await complaints(browser);
    return all.length > 0 && all;
  });
  assert.ok(heard.some((text) => /^CSP script-src/.test(text)), heard.join(', '));
  assert.equal(await browser.execute(() => window.courierBroken ?? null), null, 'a script in the page does not run');
}
