// npm run check: formatting, lints and types; no tests. The quick parts are also part of npm test.
import { fileURLToPath } from 'node:url';
import { main, quietly, show, Stop } from './command.mjs';
import { buildUi, setup } from './setup.mjs';

/** The parts that need no compiled Rust. Gives the names of those that failed. */
export function style() {
  const parts = [
    ['formatting (npm run fmt puts it right)', 'cargo', ['fmt', '--all', '--check']],
    ['UI lints', 'npm', ['-w', 'ui', 'run', '--silent', 'lint']],
    ['UI types', 'npm', ['-w', 'ui', 'run', '--silent', 'typecheck']],
  ];
  return parts.filter(([, program, args]) => !quietly(program, args)).map(([name]) => name);
}

if (process.argv[1] === fileURLToPath(import.meta.url)) {
  main(() => {
    setup('build');
    const failed = style();
    // The window's package embeds the pages, so they must be there.
    buildUi();
    const clippy = ['clippy', '--locked', '--quiet', '--workspace', '--all-targets', '--', '-D', 'warnings'];
    if (!show('cargo', clippy)) failed.push('clippy');
    if (failed.length > 0) throw new Stop(`Failed: ${failed.join(', ')}`);
    console.log('Formatting, lints and types are in order.');
  });
}
