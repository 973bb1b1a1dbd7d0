// npm run soak [-- NAME=COUNT…]: the harnesses of what Courier promises, with the numbers that take hours: nodes killed,
// stopped, cut off and set to other times, transfers cut, and every main flow killed at each of its durable calls.
//
// NAME is one of those below and gives another number, `npm run soak -- kills=100 stale=20`; `only=NAME` runs the tests
// whose name has that in it. What fails says the seed; COURIER_SEED repeats it.
import { main, show, Stop } from './command.mjs';
import { setup } from './setup.mjs';

const COUNTS = {
  kills: 1000, // of nodes, on each database, and of programs that write to the store
  stale: 200, // nodes that are stopped for longer than their lease, on each database
  crashes: 100, // of the database server
  jumps: 1000, // of clocks, on each database
  blows: 200, // kills and stops of nodes that fire schedules or look after folders, on each database
  files: 9999, // that come into a watched folder meanwhile
  remote_blows: 50, // the same for a folder on a server
  remote_files: 1000,
  jobs: 1000, // that two agents and a third program share
  cuts: 1000, // of transfers at random bytes, each way
  stride: 1, // every so many durable calls
};

main(() => {
  const counts = { ...COUNTS };
  let only = '';
  for (const argument of process.argv.slice(2)) {
    const [name, value] = argument.split('=');
    if (name === 'only' && value) only = value;
    else if (name in counts && /^[1-9][0-9]*$/.test(value ?? '')) counts[name] = Number(value);
    else throw new Stop(`${argument} is not understood. There are: only=NAME, ${Object.keys(counts).map((known) => `${known}=COUNT`).join(', ')}`);
  }
  setup('test');
  const packages = ['courier-cli', 'courier-store', 'courier-testkit', 'courier-tests', 'courier-transfer'].flatMap((name) => ['-p', name]);
  if (!show('cargo', ['build', '--locked', '--quiet', '--all-targets', ...packages])) {
    throw new Stop('The build failed; the compiler says why above.');
  }
  const asked = Object.fromEntries(Object.entries(counts).map(([name, count]) => [`COURIER_SOAK_${name.toUpperCase()}`, `${count}`]));
  const harnesses = 'binary(faults) or binary(disasters) or (package(courier-transfer) and test(drills))';
  // One at a time: each has programs enough to keep a machine busy.
  const passed = show('cargo', ['nextest', 'run', '--locked', '--cargo-quiet', '--no-fail-fast', '--run-ignored', 'all', '--test-threads', '1',
    '--success-output', 'final', '--filterset', only === '' ? harnesses : `(${harnesses}) and test(${only})`, ...packages],
  { ...asked, COURIER_TEST_KILLS: `${counts.kills}` });
  console.log(`\nAsked for: ${Object.entries(counts).map(([name, count]) => `${name} ${count}`).join(', ')}.`);
  if (!passed) throw new Stop('What was promised was not kept; see above.');
});
