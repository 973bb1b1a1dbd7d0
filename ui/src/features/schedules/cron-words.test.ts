import { describe, expect, it } from 'vitest';
// What the host says, too.
import hostWords from '../../../../src-tauri/crates/domain/src/cron/words.json';
import { instantOf, timeIn, wallTime } from '@/lib/zones';
import { cronWords, scheduleWords } from './cron-words';
import { expressionOf, presetOf, START, type Preset } from './preset';

describe('a cron expression in words', () => {
  it.each(Object.entries<string | null>(hostWords))('%s is "%s"', (expression, words) => expect(cronWords(expression)).toBe(words));

  it.each(['', '0 30 6 * *', '61 * * * * ?', '0 0 25 * * ?', '0 0 6 1 * MON', '0 0 6 ? * ?', '0 0 6 32X * ?', 'every day please or so'])(
    '%s has no words',
    (expression) => expect(cronWords(expression)).toBeNull(),
  );

  it('falls back to the expression, and tells an instant in its zone', () => {
    const schedule = { schedule_type: 'cron' as const, cron_expression: '0 1-59/3 2,4 * * ?', run_at: null, time_zone: 'UTC' };
    expect(scheduleWords(schedule)).toBe('0 1-59/3 2,4 * * ?');
    expect(scheduleWords({ schedule_type: 'one_shot', cron_expression: null, run_at: '2026-12-01T05:30:00Z', time_zone: 'Europe/Berlin' })).toMatch(/^Once, .*06:30$/);
  });
});

describe('plain kinds of schedules', () => {
  const kinds: Preset[] = [
    { ...START, kind: 'minutes', every: 5 },
    { ...START, kind: 'hourly', time: '00:45' },
    { ...START, kind: 'daily', time: '23:05' },
    { ...START, kind: 'weekly', weekdays: ['MON', 'SUN'] },
    { ...START, kind: 'weekly' },
    { ...START, kind: 'monthly', day: 'L' },
  ];
  it('are written as expressions and read back', () => {
    for (const kind of kinds) {
      const expression = expressionOf(kind) ?? '';
      expect(expressionOf(presetOf(expression))).toBe(expression);
      expect(presetOf(expression).kind).toBe(kind.kind);
      expect(cronWords(expression)).not.toBeNull();
    }
  });

  it('leave everything else an expression', () => {
    for (const other of ['0 0 7,8 ? * MON', '5 0 7 * * ?', '0 0 7 ? * 6L', 'nonsense']) expect(presetOf(other).kind).toBe('expression');
  });
});

describe('clocks of time zones', () => {
  it('are read and set', () => {
    expect(wallTime('2026-07-01T12:00:00Z', 'Europe/Berlin')).toBe('2026-07-01T14:00:00');
    expect(instantOf('2026-07-01T14:00', 'Europe/Berlin')).toBe('2026-07-01T12:00:00.000Z');
    expect(instantOf('2026-12-01T14:00', 'Asia/Kolkata')).toBe('2026-12-01T08:30:00.000Z');
    expect(instantOf('', 'UTC')).toBeNull();
    expect(timeIn('2026-12-01T05:30:00Z', 'Europe/Berlin')).toMatch(/06:30$/);
  });

  it('may leap', () => {
    expect(instantOf('2026-03-29T03:30', 'Europe/Berlin')).toBe('2026-03-29T01:30:00.000Z');
    expect(instantOf('2026-10-25T01:30', 'Europe/Berlin')).toBe('2026-10-24T23:30:00.000Z');
  });
});
