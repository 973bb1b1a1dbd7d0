import { describe, expect, it } from 'vitest';
import { bytes, countdown, duration, inFours, left, roughly, shortTime, trigger } from './format';

describe('sizes', () => {
  it.each([
    [null, '–'], [0, '0 B'], [999, '999 B'], [1000, '1 KB'], [97_000, '97 KB'], [999_499, '999 KB'], [999_500, '1 MB'],
    [4_100_000, '4.1 MB'], [1_430_000_000, '1.43 GB'], [18_400_000_000, '18.4 GB'],
  ])('%s is %s', (value, shown) => expect(bytes(value)).toBe(shown));
});

describe('durations', () => {
  it.each([
    [null, '–'], [840, '840 ms'], [41_000, '41 s'], [192_000, '3 min 12 s'], [65_000, '1 min 05 s'], [7_500_000, '2 h 05 min'], [360_000_000, '4 d 4 h'],
  ])('%s ms is %s', (value, shown) => expect(duration(value)).toBe(shown));

  it.each([[500, 'about 1 s'], [27_000, 'about 30 s'], [208_000, 'about 3 min'], [7_000_000, 'about 2 h']])('%s ms left is %s', (value, shown) => expect(roughly(value)).toBe(shown));
});

describe('times', () => {
  const now = new Date(2026, 10, 23, 12, 0);
  it('shows only the clock today', () => expect(shortTime(new Date(2026, 10, 23, 7, 30).toISOString(), now)).toMatch(/^0?7:30/));
  it('shows the weekday this week', () => expect(shortTime(new Date(2026, 10, 20, 19, 4).toISOString(), now)).toMatch(/^Fri/));
  it('shows the day this year', () => expect(shortTime(new Date(2026, 7, 12).toISOString(), now)).toMatch(/12/));
  it('shows the year before', () => expect(shortTime(new Date(2024, 11, 3).toISOString(), now)).toMatch(/2024/));

  const until = (days: number) => new Date(now.getTime() + days * 86_400_000).toISOString();
  it.each([[-1, null], [1, '1 day'], [9, '9 days'], [77, '11 weeks'], [219, '7 months'], [535, '1 y 5 mo']])('%s days ahead is %s', (days, shown) =>
    expect(left(until(days), now.getTime())).toBe(shown),
  );
});

describe('names', () => {
  it('groups fingerprints in fours', () => expect(inFours('6C1498D2FDD617E5')).toBe('6C14 98D2 FDD6 17E5'));
  it.each([['manual:m.koch@fin-ws-07', 'm.koch@fin-ws-07'], ['schedule', 'Schedule'], ['retry:abc', 'Retry']])('%s is %s', (by, shown) => expect(trigger(by)).toBe(shown));
});

describe('what is left until something begins', () => {
  it.each([
    [-5_000, 'now'], [900, 'now'], [1_500, 'in 1 s'], [119_900, 'in 119 s'], [120_000, 'in 2 min'], [3_599_000, 'in 59 min'], [7_260_000, 'in 2 h 01 min'], [90_000_000, 'in 1 d 1 h'],
  ])('%s is %s', (millis, shown) => expect(countdown(millis)).toBe(shown));
});
