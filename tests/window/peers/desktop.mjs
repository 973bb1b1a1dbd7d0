// A desktop's notification server, tray and file manager on the tests' session bus, and what a person does with them.
import { until } from '../harness/wait.mjs';
import { startPart } from './system.mjs';

/** Starts all of it on the bus of `desktop`; `stop` takes it away again. */
export async function startShell(desktop) {
  const [notices, answers, shown] = [[], [], []];
  const part = await startPart(desktop, 'desktop.py', (news) => {
    if (news.notice) notices.push(news.notice);
    else if (news.shown) shown.push(news.shown);
    else if ('answer' in news || 'failed' in news) answers.shift()?.(news);
  });
  const ask = async (what) => {
    const answer = new Promise((resolve) => answers.push(resolve));
    part.say(what);
    const { answer: value, failed } = await Promise.race([answer, part.ended.then((why) => ({ failed: why }))]);
    if (failed) throw new Error(`The desktop could not do it: ${failed}`);
    return value;
  };
  /** The tray's picture and its menu, as soon as they are what is waited for. */
  const tray = (what, holds, limit) =>
    until(what, async () => {
      const shown = await ask({ do: 'look' });
      return shown && holds(shown) ? shown : null;
    }, limit);
  return {
    notices,
    /** What the file manager was asked to show. */
    shown,
    /** The notice with this title. */
    notice: (summary, limit = 20_000) =>
      until(`"${summary}" is shown`, () => notices.find((notice) => notice.summary === summary), limit)
        .catch((error) => { throw new Error(`${error.message}; shown: ${JSON.stringify(notices)}`); }),
    click: (notice, action = 'default') => ask({ do: 'click', id: notice.id, action }),
    tray,
    /** Chooses an entry of the tray's menu by what it says. */
    async choose(label) {
      const { entries } = await tray(`the tray offers ${label}`, (shown) => shown.entries.some((entry) => entry.label === label && entry.enabled));
      await ask({ do: 'choose', id: entries.find((entry) => entry.label === label).id });
    },
    stop: part.stop,
  };
}
