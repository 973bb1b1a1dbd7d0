// Archives beside the programs that everybody has: a folder of statements (lines of figures and words, as partners send
// them) packed by each, then unpacked by each from the same archive.
import { execFileSync } from 'node:child_process';
import { closeSync, mkdirSync, openSync, rmSync, statSync, writeSync } from 'node:fs';
import { join } from 'node:path';
import { inMemory, place } from './harness/folder.mjs';
import { HEADER, inTurn, rows } from './harness/measure.mjs';

const MIB = Number(process.env.COURIER_BENCH_MIB ?? 256);
/** What LZMA2 gets: it takes a hundred times longer. */
const LZMA_MIB = Number(process.env.COURIER_BENCH_MIB ?? 64);
const PAIRS = Number(process.env.COURIER_BENCH_PAIRS ?? 5);
const FILES = 16;
/** The largest 7z archive that is good, beside that of 7z. */
const SIZE = 1.03;

const FORMATS = [
  { format: 'zip', mib: MIB, peer: 'zip -6', goal: 1.5, pack: (to) => ['zip', ['-6', '-q', '-r', to, 'tree']], open: (from, into) => ['unzip', ['-q', from, '-d', into]], other: 'unzip' },
  { format: '7z', mib: LZMA_MIB, peer: '7z a -mx=5', goal: 0.8, pack: (to) => ['7z', ['a', '-bd', '-mx=5', to, 'tree']], open: (from, into) => ['7z', ['x', '-bd', `-o${into}`, from]], other: '7z x' },
  { format: 'tar.zst', mib: MIB, peer: 'tar --zstd', goal: 0.9, pack: (to) => ['tar', ['--zstd', '-cf', to, 'tree']], open: (from, into) => ['tar', ['--zstd', '-xf', from, '-C', into]], other: 'tar -x --zstd' },
];

export default function bench({ courier }) {
  const folder = inMemory(4 * MIB);
  const at = (name) => join(folder, name);
  try {
    const env = { COURIER_HOME: at('home') };
    const measured = FORMATS.map((one) => measure(courier, folder, env, one));
    return [
      ...HEADER, ...measured.flatMap(({ table }) => table), '',
      '| archive | Courier, MiB | peer, MiB | size beside the peer | goal |', '|---|---|---|---|---|', ...measured.map(({ size }) => size), '',
      `${PAIRS} runs of each in turn, whole programs from start to end. Courier also reads each new archive through again and forces files to the disk; the others do neither.`,
    ];
  } finally {
    rmSync(folder, { recursive: true, force: true });
  }
}

function measure(courier, folder, env, { format, mib: size, peer, goal, pack, open, other }) {
  const at = (name) => join(folder, name);
  rmSync(at('tree'), { recursive: true, force: true });
  statements(at('tree'), size / FILES);
  const [ours, theirs, into] = [at(`ours.${format}`), at(`theirs.${format}`), at('unpacked')];
  // The peers name what they pack by the folder they stand in.
  const here = ([program, args]) => ({ program: 'env', args: ['-C', folder, program, ...args] });
  const without = (path) => () => rmSync(path, { recursive: true, force: true });
  const packed = inTurn([
    { name: 'courier', program: courier, args: ['--quiet', 'archive', 'create', ours, at('tree'), '--format', format, '--base', folder], env, before: without(ours) },
    { name: peer, ...here(pack(theirs)), before: without(theirs) },
  ], PAIRS);
  const empty = () => { without(into)(); mkdirSync(into); };
  const same = () => execFileSync('diff', ['-rq', at('tree'), join(into, 'tree')]);
  const opened = inTurn([
    { name: 'courier', program: courier, args: ['--quiet', 'archive', 'extract', ours, '--output', into], env, before: empty, after: same },
    { name: other, ...here(open(ours, into)), before: empty, after: same },
  ], PAIRS);
  const [a, b] = [ours, theirs].map((path) => statSync(path).size);
  const wanted = format === '7z' ? `≤ ${SIZE}: ${a / b <= SIZE ? 'met' : 'missed'}` : '–';
  for (const path of [ours, theirs, into]) without(path)();
  const where = place(folder);
  return {
    table: [...rows(`${FILES} files, ${size} MiB, packed as ${format}, ${where}`, packed, size, goal), ...rows(`the same, unpacked from ${format}`, opened, size)],
    size: `| ${format} | ${mib(a)} | ${mib(b)} | ${(a / b).toFixed(3)} | ${wanted} |`,
  };
}

const mib = (bytes) => (bytes / 2 ** 20).toFixed(1);

/** The same on every machine and in every run: what is measured beside sizes must not change with it. */
function statements(folder, each) {
  mkdirSync(folder, { recursive: true });
  let state = 0x2545f491;
  const below = (limit) => {
    state ^= state << 13;
    state ^= state >>> 17;
    state ^= state << 5;
    return (state >>> 0) % limit;
  };
  const words = Array.from({ length: 2000 }, () => Array.from({ length: 3 + below(8) }, () => String.fromCharCode(97 + below(26))).join(''));
  const line = (n) => {
    const text = Array.from({ length: 2 + below(6) }, () => words[Math.min(below(2000), below(2000))]).join(' ');
    return `${String(n).padStart(9, '0')};2026-${1 + below(12)}-${1 + below(28)};DE${below(1e9)}${below(1e9)};${below(5e6) / 100};EUR;${text}\n`;
  };
  const bytes = each * 2 ** 20;
  for (let file = 0; file < FILES; file++) {
    const out = openSync(join(folder, `statement-${String(file).padStart(2, '0')}.csv`), 'w');
    let row = 0;
    for (let written = 0; written < bytes;) {
      let block = '';
      while (block.length < Math.min(2 ** 20, bytes - written)) block += line(row++);
      written += writeSync(out, block);
    }
    closeSync(out);
  }
}
