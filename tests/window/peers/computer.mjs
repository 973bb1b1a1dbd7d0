// What keeps a computer awake, its battery and its network, on the tests' system bus.
import { startPart } from './system.mjs';

export async function startComputer(desktop) {
  const locks = [];
  const part = await startPart(desktop, 'computer.py', (news) => {
    if (news.locked) locks.push(news.locked);
    if (news.released) locks.splice(locks.findIndex((lock) => lock.what === news.released.what), 1);
  });
  return {
    /** What keeps it awake now. */
    locks,
    is: ({ on_battery = false, metered = false }) => part.say({ on_battery, metered }),
    stop: part.stop,
  };
}
