/** How a monitor's expected-file clock stands, and what its last deadlines found. */
import { useQuery } from '@tanstack/react-query';
import { Notice } from '@/components/Notice';
import { When } from '@/components/Text';
import { rich, t } from '@/i18n';
import { monitorChecksQuery, type ExpectedFiles, type ExpectedStanding } from '@/ipc';
import { useNow } from '@/lib/useNow';
import { LOCAL_ZONE, timeIn, zoneName } from '@/lib/zones';
import { clockDays, standingWords } from './expected-words';

export function ExpectedWords({ clock, standing }: { clock: ExpectedFiles; standing: ExpectedStanding }) {
  const now = useNow(true);
  const next = standing.next_deadline_at;
  return (
    <span className="flex flex-col" id="expected-standing">
      <span className="num" title={next === null ? undefined : timeIn(next, clock.time_zone ?? LOCAL_ZONE)}>
        {standingWords(clock, standing, now)}
      </span>
      {clock.file_pattern && <span className="mono [overflow-wrap:anywhere]">{clock.file_pattern}</span>}
      <span className="text-sm text-faint">
        {standing.calendar_name === null ? (clock.time_zone && clock.time_zone !== LOCAL_ZONE ? `${clockDays(clock)}, ${zoneName(clock.time_zone)}` : `${clockDays(clock)}`) : (clock.time_zone && clock.time_zone !== LOCAL_ZONE ? t('{{clockDays}}, except on the days of {{calendar}}, {{zone}}', { clockDays: clockDays(clock), calendar: standing.calendar_name, zone: zoneName(clock.time_zone) }) : t('{{clockDays}}, except on the days of {{calendar}}', { clockDays: clockDays(clock), calendar: standing.calendar_name }))}
      </span>
    </span>
  );
}

export function MissingFiles({ expected: { last_check: check } }: { expected: ExpectedStanding }) {
  if (!check) return null;
  return (
    <Notice tone="warn" title={t('Expected files are missing')} className="mx-4 mb-3">
      {rich('{{found}} of {{expected}} were there by {{when}}. Once the others have come, this goes away by itself.', { found: check.found_count, expected: check.expected_count, when: <When at={check.deadline_at} /> })}
    </Notice>
  );
}

export function Deadlines({ monitor, zone }: { monitor: string; zone: string }) {
  const { data } = useQuery(monitorChecksQuery(monitor));
  if (!data || data.length === 0) return null;
  return (
    <section aria-label={t('Last deadlines')} className="mt-4">
      <h2 className="mb-1 text-sm font-medium text-muted">{t('Last deadlines')}</h2>
      <ul className="flex flex-col text-sm">
        {data.map((check) => {
          const met = check.found_count >= check.expected_count;
          return (
            <li key={check.id} data-deadline={check.deadline_at} className="num flex gap-2 border-b border-grid py-1 last:border-b-0">
              <span className="flex-1">{timeIn(check.deadline_at, zone)}</span>
              <span className={met ? 'text-ok' : check.arrived_at ? 'text-muted' : 'text-fail'}>
                {met ? t('{{found}} of {{expected}}', { found: check.found_count, expected: check.expected_count }) : (check.arrived_at ? t('{{found}} of {{expected}}, came later', { found: check.found_count, expected: check.expected_count }) : t('{{found}} of {{expected}}, missing', { found: check.found_count, expected: check.expected_count }))}
              </span>
            </li>
          );
        })}
      </ul>
    </section>
  );
}
