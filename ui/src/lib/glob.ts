/**
 * Globs as the host matches them, for trying patterns out: `*` and `?` stay within one folder, `**` crosses folders,
 * `[…]` is one of some characters, `{a,b}` one of some words. `null` when a pattern is none.
 */
const special = (char: string) => char.replace(/[.*+?^${}()|[\]\\/]/g, '\\$&');

export function globRegex(glob: string, anyCase = false): RegExp | null {
  let out = '';
  let depth = 0;
  for (let at = 0; at < glob.length; at += 1) {
    const char = glob.charAt(at);
    if (char === '*') {
      let stars = at;
      while (glob.charAt(stars) === '*') stars += 1;
      const alone = (at === 0 || glob.charAt(at - 1) === '/') && (stars === glob.length || glob.charAt(stars) === '/') && stars - at === 2;
      if (alone && stars < glob.length) {
        // With the slash after it: no folder at all, or any number of them.
        out += '(?:.*/)?';
        at = stars;
      } else {
        out += alone ? '.*' : '[^/]*';
        at = stars - 1;
      }
    } else if (char === '?') out += '[^/]';
    else if (char === '[') {
      const not = glob.charAt(at + 1) === '!' || glob.charAt(at + 1) === '^';
      const from = at + (not ? 2 : 1);
      // A bracket right at the beginning is one of the characters.
      const end = glob.indexOf(']', from + 1);
      if (end < 0) return null;
      out += `[${not ? '^' : ''}${glob.slice(from, end).replace(/[\\\]^[]/g, '\\$&')}]`;
      at = end;
    } else if (char === '{') {
      out += '(?:';
      depth += 1;
    } else if (char === '}') {
      if (depth === 0) return null;
      out += ')';
      depth -= 1;
    } else if (char === ',' && depth > 0) out += '|';
    else out += special(char);
  }
  if (depth > 0) return null;
  try {
    return new RegExp(`^${out}$`, anyCase ? 'iu' : 'u');
  } catch {
    return null;
  }
}
