/** How a monitor's expected-file clock stands, and what its last deadlines found. */
import { useQuery } from '@tanstack/react-query';
import { Notice } from '@/components/Notice';
import { When } from '@/components/Text';
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
        {`${clockDays(clock)}${standing.calendar_name === null ? '' : `, except on the days of ${standing.calendar_name}`}${clock.time_zone && clock.time_zone !== LOCAL_ZONE ? `, ${zoneName(clock.time_zone)}` : ''}`}
      </span>
    </span>
  );
}

export function MissingFiles({ expected: { last_check: check } }: { expected: ExpectedStanding }) {
  if (!check) return null;
  return (
    <Notice tone="warn" title="Expected files are missing" className="mx-4 mb-3">
      {`${check.found_count} of ${check.expected_count} were there by `}
      <When at={check.deadline_at} />. Once the others have come, this goes away by itself.
    </Notice>
  );
}

export function Deadlines({ monitor, zone }: { monitor: string; zone: string }) {
  const { data } = useQuery(monitorChecksQuery(monitor));
  if (!data || data.length === 0) return null;
  return (
    <section aria-label="Last deadlines" className="mt-4">
      <h2 className="mb-1 text-sm font-medium text-muted">Last deadlines</h2>
      <ul className="flex flex-col text-sm">
        {data.map((check) => {
          const met = check.found_count >= check.expected_count;
          return (
            <li key={check.id} data-deadline={check.deadline_at} className="num flex gap-2 border-b border-grid py-1 last:border-b-0">
              <span className="flex-1">{timeIn(check.deadline_at, zone)}</span>
              <span className={met ? 'text-ok' : check.arrived_at ? 'text-muted' : 'text-fail'}>
                {`${check.found_count} of ${check.expected_count}${met ? '' : check.arrived_at ? ', came later' : ', missing'}`}
              </span>
            </li>
          );
        })}
      </ul>
    </section>
  );
}
