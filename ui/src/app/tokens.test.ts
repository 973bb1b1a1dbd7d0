import { describe, expect, it } from 'vitest';
import css from './tokens.css?raw';

function theme(selector: string): Record<string, string> {
  const block = css.slice(css.indexOf(selector));
  return Object.fromEntries([...block.slice(0, block.indexOf('}')).matchAll(/--([a-z-]+): (#[0-9a-f]{6});/g)].map((m) => [m[1] ?? '', m[2] ?? '']));
}

function luminance(hex: string): number {
  const [r, g, b] = [1, 3, 5].map((at) => {
    const channel = Number.parseInt(hex.slice(at, at + 2), 16) / 255;
    return channel <= 0.03928 ? channel / 12.92 : ((channel + 0.055) / 1.055) ** 2.4;
  });
  return 0.2126 * (r ?? 0) + 0.7152 * (g ?? 0) + 0.0722 * (b ?? 0);
}

function contrast(a: string, b: string): number {
  const [light, dark] = [luminance(a), luminance(b)].sort((x, y) => y - x);
  return ((light ?? 0) + 0.05) / ((dark ?? 0) + 0.05);
}

const TEXT = ['text', 'text-muted', 'text-faint', 'accent-text', 'ok', 'run', 'pause', 'warn', 'fail', 'idle'];
const GROUNDS = ['bg', 'bg-side', 'bg-sunken', 'bg-raised', 'bg-hover', 'bg-selected'];

describe.each([
  ['light', ':root'],
  ['dark', '[data-theme="dark"]'],
])('the %s theme', (_, selector) => {
  const tokens = theme(selector);
  it.each(TEXT.flatMap((text) => GROUNDS.map((ground) => [text, ground] as const)))('%s on %s can be read (AA)', (text, ground) => {
    expect(contrast(tokens[text] ?? '', tokens[ground] ?? '')).toBeGreaterThanOrEqual(4.5);
  });
  it.each(['ok', 'run', 'pause', 'warn', 'fail', 'idle'])('%s on its soft ground can be read (AA)', (state) => {
    expect(contrast(tokens[state] ?? '', tokens[`${state}-soft`] ?? '')).toBeGreaterThanOrEqual(4.5);
  });
  it('the mark of what is fixed can be seen on its ground, and is not taken for the accent', () => {
    expect(contrast(tokens['text-faint'] ?? '', tokens.track ?? '')).toBeGreaterThanOrEqual(3);
    expect(contrast(tokens.accent ?? '', tokens.track ?? '')).toBeGreaterThanOrEqual(2);
  });
  it('text on the accent can be read (AA)', () => {
    expect(contrast(tokens['on-accent'] ?? '', tokens.accent ?? '')).toBeGreaterThanOrEqual(4.5);
  });
});
