// A display and a bus of the tests' own, for the session and the system: the window must not meet the user's.
import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { start, stop } from './processes.mjs';
import { until } from './wait.mjs';

/** Large enough for the window, so that nothing of it lies outside. */
const SCREEN = '1600x1000x24';

export async function startDesktop() {
  // The server itself finds a free display and says which on the fourth channel.
  const server = start('Xvfb', ['-displayfd', '3', '-screen', '0', SCREEN, '-nolisten', 'tcp', '-noreset'], {
    stdio: ['ignore', 'ignore', 'ignore', 'pipe'],
  });
  const bus = start('dbus-daemon', ['--session', '--nofork', '--print-address=1']);
  const failed = Promise.race([server.ended, bus.ended]).then((end) => {
    throw new Error(`The display or the session bus ended (${end.code ?? end.signal}).`);
  });
  failed.catch(() => {});
  const line = (program, what) => until(what, () => program.said.includes('\n') && program.said.trim());
  const [number, address] = await Promise.race([Promise.all([line(server, 'a display'), line(bus, 'a session bus')]), failed]);
  const runtime = mkdtempSync(join(tmpdir(), 'courier-runtime-'));
  return {
    number: Number(number),
    env: {
      DISPLAY: `:${number}`,
      DBUS_SESSION_BUS_ADDRESS: address.split('\n')[0],
      DBUS_SYSTEM_BUS_ADDRESS: address.split('\n')[0],
      GDK_BACKEND: 'x11',
      NO_AT_BRIDGE: '1',
      XDG_RUNTIME_DIR: runtime,
    },
    async stop() {
      await Promise.all([stop(server), stop(bus)]);
      rmSync(runtime, { recursive: true, force: true });
    },
  };
}
