import { describe, expect, it } from 'vitest';
import bindings from './bindings.ts?raw';
import { asAppError, causeOf, CAUSES, isErrorCode, PRESENTATIONS, presentation, sentence } from './errors';

/** The codes as the host declares them. */
function declared(): string[] {
  const union = /export type ErrorCode =([^;]*);/.exec(bindings)?.[1] ?? '';
  return [...union.matchAll(/"([a-z_]+)"/g)].map((match) => match[1] ?? '');
}

describe('error presentations', () => {
  it('has one for every code of the host and none beside', () => {
    expect(declared().length).toBeGreaterThan(40);
    expect(Object.keys(PRESENTATIONS).sort()).toEqual(declared().sort());
  });

  it('says what happened and what to do, in sentences', () => {
    for (const [code, shown] of Object.entries(PRESENTATIONS)) {
      expect(shown.title, code).toMatch(/^[A-Z].{5,45}[^.]$/);
      expect(shown.short, code).toMatch(/^[a-z].{2,22}$/);
      expect(shown.hint, code).toMatch(/\.$/);
    }
  });

  it('gives every code a kind of cause, in words', () => {
    for (const code of Object.keys(PRESENTATIONS)) {
      expect(isErrorCode(code) && CAUSES[causeOf(code)], code).toMatch(/^[A-Z]/);
    }
    expect(causeOf('host_key_changed')).toBe('trust');
    expect(causeOf('disk_full')).toBe('disk');
  });

  it('prefers the hint of the failure itself', () => {
    expect(presentation({ code: 'timeout', hint: 'Give it an hour.' }).hint).toBe('Give it an hour.');
    expect(presentation({ code: 'timeout', hint: null }).hint).toBe(PRESENTATIONS.timeout.hint);
  });

  it('makes sentences of what failures say', () => {
    expect(sentence('the password does not open x.zip')).toBe('The password does not open x.zip.');
    expect(sentence('sftp.bank.example refused')).toBe('sftp.bank.example refused.');
    expect(sentence('/data/x is damaged.')).toBe('/data/x is damaged.');
    expect(sentence('')).toBe('');
  });

  it('makes an internal failure of whatever else was thrown', () => {
    expect(asAppError(new Error('boom'))).toMatchObject({ code: 'internal', message: 'boom' });
    expect(asAppError('boom')).toMatchObject({ code: 'internal', message: 'boom' });
    expect(asAppError({ code: 'no_such_code', message: 'x' }).code).toBe('internal');
    expect(asAppError(undefined).code).toBe('internal');
  });
});
