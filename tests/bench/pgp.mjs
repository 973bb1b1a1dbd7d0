// OpenPGP beside gpg and sq with the same key: one large file encrypted, signed and encrypted, decrypted and checked;
// eight files in one job beside gpg one after the other; and the memory that a very large file takes.
import { execFileSync } from 'node:child_process';
import { mkdirSync, rmSync, truncateSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { fill, inMemory, onDisk, place } from './harness/folder.mjs';
import { HEADER, inTurn, once, rows } from './harness/measure.mjs';
import { partners } from './harness/openpgp.mjs';

const MIB = Number(process.env.COURIER_BENCH_MIB ?? 1024);
const PAIRS = Number(process.env.COURIER_BENCH_PAIRS ?? 5);
const HUGE_MIB = Number(process.env.COURIER_BENCH_HUGE_MIB ?? 10_000);
const FILES = 8;
const GOALS = { one: { sq: 1.0 }, several: { 'gpg, one after the other': 1.1 }, growthMib: 16 };

export default async function bench({ courier }) {
  return [
    ...HEADER, ...oneFile(courier, inMemory(4 * MIB)), ...severalFiles(courier, inMemory(4 * MIB)),
    '', `${PAIRS} runs of each in turn, whole programs from start to end. Courier also hashes each result (SHA-256) and forces it to the disk; the others do neither.`,
    '', ...memory(courier, onDisk()),
  ];
}

function oneFile(courier, folder) {
  const at = (name) => join(folder, name);
  const [plain, sealed, opened] = ['plain', 'sealed', 'opened'].map(at);
  fill(plain, MIB);
  const p = partners(courier, folder);
  try {
    const contender = (name, call, target, after = () => {}) => ({ name, ...call, before: () => rmSync(target, { force: true }), after });
    const to = ['--recipient', p.user, '--output', sealed];
    const same = () => execFileSync('cmp', [plain, opened]);
    const encrypt = inTurn([
      contender('courier', p.courier('pgp', 'encrypt', plain, '--recipient', 'bench', '--output', sealed), sealed),
      contender('gpg', p.gpg('-z', '0', ...to, '--encrypt', plain), sealed),
      contender('sq', p.sq('encrypt', '--compression', 'none', '--recipient-cert', p.certificate, '--output', sealed, plain), sealed),
    ], PAIRS);
    const sign = inTurn([
      contender('courier', p.courier('pgp', 'encrypt', plain, '--recipient', 'bench', '--sign-with', 'bench', '--output', sealed), sealed),
      contender('gpg', p.gpg('-z', '0', ...to, '--sign', '--encrypt', plain), sealed),
      contender('sq', p.sq('encrypt', '--compression', 'none', '--recipient-cert', p.certificate, '--signer-key', p.secret, '--output', sealed, plain), sealed),
    ], PAIRS);
    const decrypt = inTurn([
      contender('courier', p.courier('pgp', 'decrypt', sealed, '--require-signature', '--signer', 'bench', '--output', opened), opened, same),
      contender('gpg', p.gpg('--output', opened, '--decrypt', sealed), opened, same),
      contender('sq', p.sq('decrypt', '--recipient-key', p.secret, '--signer-cert', p.certificate, '--output', opened, sealed), opened, same),
    ], PAIRS);
    const what = (verb) => `${MIB} MiB ${verb}, ${place(folder)}`;
    return [
      ...rows(what('encrypted'), encrypt, MIB, GOALS.one),
      ...rows(what('signed and encrypted'), sign, MIB, GOALS.one),
      ...rows(what('decrypted and checked'), decrypt, MIB, GOALS.one),
    ];
  } finally {
    p.stop();
    rmSync(folder, { recursive: true, force: true });
  }
}

function severalFiles(courier, folder) {
  const each = MIB / FILES;
  const names = Array.from({ length: FILES }, (_, n) => `file-${n}`);
  const inside = (name) => { const path = join(folder, name); mkdirSync(path); return path; };
  const [plain, sealed, opened] = ['plain', 'sealed', 'opened'].map(inside);
  for (const name of names) fill(join(plain, name), each);
  const p = partners(courier, folder, {
    encrypt: { type_key: 'pgp.encrypt', input_path: `${plain}/*`, output_path: `${sealed}/`, recipient_key_ids: ['bench'], signing_key_id: 'bench' },
    decrypt: { type_key: 'pgp.decrypt', input_path: `${sealed}/*`, output_path: `${opened}/`, require_signature: true, signer_key_ids: ['bench'] },
  });
  try {
    const empty = (path) => () => { rmSync(path, { recursive: true }); mkdirSync(path); };
    const loop = (call, step) => ({
      name: 'gpg, one after the other', program: 'sh', env: call.env,
      args: ['-c', names.map((name) => `gpg ${call.args.map((arg) => `'${arg}'`).join(' ')} ${step(name)}`).join(' && ')],
    });
    const encrypt = inTurn([
      { name: 'courier', ...p.courier('run', 'encrypt'), before: empty(sealed) },
      { ...loop(p.gpg('-z', '0', '--recipient', p.user, '--sign', '--encrypt'), (name) => `--output ${sealed}/${name}.pgp ${plain}/${name}`), before: empty(sealed) },
    ], PAIRS);
    const same = () => { for (const name of names) execFileSync('cmp', [join(plain, name), join(opened, name)]); };
    const decrypt = inTurn([
      { name: 'courier', ...p.courier('run', 'decrypt'), before: empty(opened), after: same },
      { ...loop(p.gpg('--decrypt'), (name) => `--output ${opened}/${name} ${sealed}/${name}.pgp`), before: empty(opened), after: same },
    ], PAIRS);
    const what = (verb) => `${FILES} × ${each} MiB ${verb} in one job, ${place(folder)}`;
    return [...rows(what('signed and encrypted'), encrypt, MIB, GOALS.several), ...rows(what('decrypted and checked'), decrypt, MIB, GOALS.several)];
  } finally {
    p.stop();
    rmSync(folder, { recursive: true, force: true });
  }
}

/** Peak memory over that of a file of 1 KB; sparse zeros, because only the amount matters. One run each. */
function memory(courier, folder) {
  const at = (name) => join(folder, name);
  const p = partners(courier, folder);
  try {
    const lines = ['| memory, growth over 1 KB | encrypt, MiB | decrypt, MiB | goal |', '|---|---|---|---|'];
    const peak = (mib) => {
      writeFileSync(at('plain'), '');
      truncateSync(at('plain'), mib === 0 ? 1000 : mib * 1_000_000);
      const encrypt = once(p.courier('pgp', 'encrypt', at('plain'), '--recipient', 'bench', '--sign-with', 'bench', '--output', at('sealed')));
      rmSync(at('plain'));
      const decrypt = once(p.courier('pgp', 'decrypt', at('sealed'), '--require-signature', '--output', at('opened')));
      for (const name of ['sealed', 'opened']) rmSync(at(name));
      return [encrypt.peak, decrypt.peak];
    };
    const base = peak(0);
    for (const mib of [100, HUGE_MIB]) {
      const growth = peak(mib).map((value, index) => value - base[index]);
      const met = growth.every((value) => value <= GOALS.growthMib);
      lines.push(`| ${mib} MB | ${growth.map((value) => value.toFixed(1)).join(' | ')} | ≤ ${GOALS.growthMib}: ${met ? 'met' : 'missed'} |`);
    }
    return lines;
  } finally {
    p.stop();
    rmSync(folder, { recursive: true, force: true });
  }
}
