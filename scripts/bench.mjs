// npm run bench [-- NAME…]: measures the release build beside its peers and prints Markdown tables.
//
// Each bench is a module tests/bench/NAME.mjs whose default export takes { courier, desktop } (the programs' paths) and
// gives the lines of its table. Only what exports `needsWindow` gets the desktop, which takes long to build. NAME alone
// runs one; without a name all run in turn.
import { existsSync, readdirSync } from 'node:fs';
import { join } from 'node:path';
import { pathToFileURL } from 'node:url';
import { main, root, show, Stop } from './command.mjs';
import { built, buildUi, setup } from './setup.mjs';

const folder = join(root, 'tests', 'bench');
const known = existsSync(folder)
  ? readdirSync(folder).filter((name) => name.endsWith('.mjs')).map((name) => name.slice(0, -4)).sort()
  : [];

main(async () => {
  const wanted = process.argv.slice(2);
  const unknown = wanted.filter((name) => !known.includes(name));
  if (unknown.length > 0) throw new Stop(`No bench is called ${unknown.join(', ')}. There are: ${known.join(', ')}`);
  setup('test');
  const benches = await Promise.all((wanted.length > 0 ? wanted : known).map(async (name) => ({
    name, ...(await import(pathToFileURL(join(folder, `${name}.mjs`)))),
  })));
  const needsWindow = benches.some((bench) => bench.needsWindow);
  if (needsWindow) buildUi();
  const quiet = process.stderr.isTTY ? [] : ['--quiet'];
  const programs = ['-p', 'courier-cli', ...(needsWindow ? ['-p', 'courier-desktop'] : [])];
  if (!show('cargo', ['build', '--release', '--locked', ...quiet, ...programs])) {
    throw new Stop('The release build failed; the compiler says why above.');
  }
  for (const { name, default: bench } of benches) {
    const lines = await bench({ courier: built('courier', 'release'), desktop: built('courier-desktop', 'release') });
    console.log(`\n## ${name}\n\n${lines.join('\n')}`);
  }
});
