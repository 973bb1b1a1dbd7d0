// npm start: opens Courier. Where there is no display it runs the sample job in the terminal instead.
import { main, show, Stop } from './command.mjs';
import { built, buildUi, setup } from './setup.mjs';

main(() => {
  setup('start');
  buildUi();
  console.log('Building Courier (the first time takes several minutes)');
  const quiet = process.stderr.isTTY ? [] : ['--quiet'];
  if (!show('cargo', ['build', '--locked', ...quiet, '-p', 'courier-desktop', '-p', 'courier-cli'])) {
    throw new Stop('Courier could not be built; the compiler says why above.');
  }
  const hasDisplay = process.platform !== 'linux' || process.env.DISPLAY || process.env.WAYLAND_DISPLAY;
  if (hasDisplay) {
    if (!show(built('courier-desktop'), process.argv.slice(2))) throw new Stop('Courier ended with an error.');
    return;
  }
  console.log('There is no display here, so the sample job runs in the terminal.\n');
  if (!show(built('courier'), ['demo'])) throw new Stop('The sample job failed.');
});
