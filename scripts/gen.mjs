// npm run gen: writes what is generated from the Rust code: the bindings that the UI calls it by.
import { main, show, Stop } from './command.mjs';
import { buildUi, setup } from './setup.mjs';

main(() => {
  setup('build');
  buildUi();
  const args = ['nextest', 'run', '--locked', '--cargo-quiet', '-p', 'courier-desktop', 'bindings',
    '--status-level', 'fail', '--final-status-level', 'fail', '--show-progress', 'none'];
  if (!show('cargo', args, { COURIER_WRITE_BINDINGS: '1' })) throw new Stop('The bindings could not be written.');
});
