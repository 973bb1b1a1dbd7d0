// Renders every size of the icon from its drawings in icons/. Run by hand after a drawing changed; the results are
// committed. Needs rsvg-convert (Debian: librsvg2-bin).
import { execFileSync } from 'node:child_process';
import { writeFileSync } from 'node:fs';
import { dirname, join } from 'node:path';
import { fileURLToPath } from 'node:url';

const folder = join(dirname(fileURLToPath(import.meta.url)), '..', 'icons');
const SMALL_UP_TO = 48;

function render(size, drawing = size <= SMALL_UP_TO ? 'courier-small' : 'courier') {
  return execFileSync('rsvg-convert', ['-w', String(size), '-h', String(size), join(folder, `${drawing}.svg`)]);
}

/** Windows icon: a directory of PNG images (since Vista); a size byte of 0 means 256. */
function ico(sizes) {
  const images = sizes.map((size) => render(size));
  const head = Buffer.alloc(6 + 16 * sizes.length);
  head.writeUInt16LE(1, 2);
  head.writeUInt16LE(sizes.length, 4);
  let offset = head.length;
  sizes.forEach((size, index) => {
    const at = 6 + 16 * index;
    head.writeUInt8(size % 256, at);
    head.writeUInt8(size % 256, at + 1);
    head.writeUInt16LE(1, at + 4);
    head.writeUInt16LE(32, at + 6);
    head.writeUInt32LE(images[index].length, at + 8);
    head.writeUInt32LE(offset, at + 12);
    offset += images[index].length;
  });
  return Buffer.concat([head, ...images]);
}

/** macOS icon: chunks of PNG images under the type that names their size. */
function icns(chunks) {
  const parts = chunks.map(([type, size]) => {
    const image = render(size);
    const head = Buffer.alloc(8);
    head.write(type, 0, 'ascii');
    head.writeUInt32BE(image.length + 8, 4);
    return Buffer.concat([head, image]);
  });
  const body = Buffer.concat(parts);
  const head = Buffer.alloc(8);
  head.write('icns', 0, 'ascii');
  head.writeUInt32BE(body.length + 8, 4);
  return Buffer.concat([head, body]);
}

const files = {
  '32x32.png': render(32),
  '64x64.png': render(64),
  '128x128.png': render(128),
  '128x128@2x.png': render(256),
  '256x256.png': render(256),
  '512x512.png': render(512),
  'icon.png': render(1024),
  'icon.ico': ico([16, 24, 32, 48, 64, 256]),
  'icon.icns': icns([['icp4', 16], ['icp5', 32], ['icp6', 64], ['ic07', 128], ['ic08', 256], ['ic09', 512], ['ic10', 1024],
    ['ic11', 32], ['ic12', 64], ['ic13', 256], ['ic14', 512]]),
  'tray.png': render(64, 'courier-small'),
  'tray-working.png': render(64, 'tray-working'),
  'tray-attention.png': render(64, 'tray-attention'),
  'tray-template.png': render(44, 'courier-glyph'),
};
for (const [name, bytes] of Object.entries(files)) writeFileSync(join(folder, name), bytes);
