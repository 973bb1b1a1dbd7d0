import { describe, expect, it } from 'vitest';
import { daysOf, endOf } from './expiry';

const now = new Date(2026, 10, 27, 21, 30);

describe('how long a key is good', () => {
  it('is one of the usual lives, or without an end', () => {
    expect(daysOf('730', '', now)).toBe(730);
    expect(daysOf('none', '', now)).toBeNull();
  });

  it('is until a day, in whole days whatever the hour is', () => {
    expect(daysOf('day', '2026-11-28', now)).toBe(1);
    expect(daysOf('day', '2027-11-27', now)).toBe(365);
    expect(daysOf('day', ' 2027-3-31 ', now)).toBe(124);
  });

  it('says what is wrong with a day', () => {
    expect(daysOf('day', '31.12.2028', now)).toMatch(/such as/);
    expect(daysOf('day', '2027-02-30', now)).toMatch(/no such day/);
    expect(daysOf('day', '2026-11-27', now)).toMatch(/over/);
  });

  it('ends at the same hour of its last day', () => {
    expect(endOf(10, Date.UTC(2026, 10, 27, 21, 30))).toBe('2026-12-07T21:30:00.000Z');
  });
});
