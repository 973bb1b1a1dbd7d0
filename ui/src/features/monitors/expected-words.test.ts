import { describe, expect, it } from 'vitest';
import type { ExpectedFiles, ExpectedStanding } from '@/ipc';
import { away, clockDays, missingWords, standingWords } from './expected-words';

const CLOCK: ExpectedFiles = { by: '09:00', min_count: 3, time_zone: 'UTC', file_pattern: 'sales*.csv' };
const standing = (change: Partial<ExpectedStanding>): ExpectedStanding => ({
  calendar_name: null, next_deadline_at: '2026-07-01T09:00:00Z', counted_from: null, found_count: 2, last_check: null, is_missing: false, ...change,
});

describe('an expected-file clock in words', () => {
  it('says how far it is', () => {
    const now = Date.parse('2026-07-01T08:20:00Z');
    expect(standingWords(CLOCK, standing({}), now)).toBe('2 of 3 by 09:00, due in 40\u00a0min');
    expect(standingWords(CLOCK, standing({ next_deadline_at: null }), now)).toBe('2 of 3 by 09:00, no deadline comes');
    expect(standingWords(CLOCK, standing({}), now + 3_600_000)).toBe('2 of 3 by 09:00, due now');
  });

  it('says what is far in larger units', () => {
    expect([30_000, 2_400_000, 11_100_000, 187_200_000].map((ms) => away(0, ms))).toEqual(['less than a minute', '40\u00a0min', '3\u00a0h\u00a05\u00a0min', '2\u00a0d\u00a04\u00a0h']);
  });

  it('names its days', () => {
    expect(clockDays({ ...CLOCK, weekdays: [] })).toBe('every day');
    expect(clockDays({ ...CLOCK, weekdays: ['friday', 'monday', 'tuesday', 'wednesday', 'thursday'] })).toBe('Mon to Fri');
    expect(clockDays({ ...CLOCK, weekdays: ['monday', 'wednesday'] })).toBe('Mon, Wed');
    expect(clockDays({ ...CLOCK, weekdays: ['saturday', 'sunday'] })).toBe('Sat, Sun');
  });

  it('says what was missing', () => {
    const check = { id: '', monitor_id: '', deadline_at: '2026-07-01T09:00:00Z', counted_from: '', expected_count: 3, found_count: 1, arrived_at: null, checked_at: '' };
    expect(missingWords({ expected_files: CLOCK }, check)).toMatch(/^3 files like sales\*\.csv expected by .*09:00, one was there\.$/);
  });
});
