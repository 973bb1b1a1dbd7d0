/** What a template has made beside the job: it is off until somebody has looked at it. */
import { Link } from '@tanstack/react-router';
import { CalendarClock, Radar } from 'lucide-react';
import { Button } from '@/components/Button';
import { scheduleWords } from '@/features/schedules/cron-words';
import { t } from '@/i18n';
import type { MadeStart } from '@/ipc';
import { useBuilder, useBuilderStore } from './context';

export function MadeStrip({ onStarts }: { onStarts: () => void }) {
  const made = useBuilder((state) => state.made);
  const actions = useBuilderStore().getState();
  if (made === null) return null;
  const forget = () => actions.tellMade(null);
  return (
    <div id="made-start" role="status" className="flex min-h-8 flex-none items-center gap-3 border-b border-accent-line bg-accent-soft px-4 text-sm [&_svg]:size-3.5 [&_svg]:flex-none [&_svg]:text-accent-ink">
      {made.type === 'schedule' ? <CalendarClock aria-hidden /> : <Radar aria-hidden />}
      <span className="min-w-0 truncate" title={wordsOf(made)}>{wordsOf(made)}</span>
      {made.type === 'schedule' ? (
        <Button
          variant="link"
          size="sm"
          id="made-look"
          onClick={() => {
            forget();
            onStarts();
          }}
        >
          {t('Look at it')}
        </Button>
      ) : (
        <Link id="made-look" to="/monitors/$monitorId" params={{ monitorId: made.id }} className="flex-none font-medium text-accent-ink hover:underline" onClick={forget}>
          {t('Look at it')}
        </Link>
      )}
      <Button variant="link" size="sm" className="ml-auto text-muted" onClick={forget}>
        {t('Later')}
      </Button>
    </div>
  );
}

const wordsOf = (made: MadeStart): string =>
  made.type === 'schedule' ? t('A schedule was made with it: {{schedule}}. It is off until you switch it on.', { schedule: scheduleWords(made.schedule) }) : t('A monitor of {{path}} was made with it. It is off until you switch it on.', { path: made.path });
