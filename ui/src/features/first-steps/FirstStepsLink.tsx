/** In the navigation, while first steps are open: how far they are, and the way back to them. */
import { Link } from '@tanstack/react-router';
import { ListChecks } from 'lucide-react';
import { t } from '@/i18n';
import { cn } from '@/lib/cn';
import { useFirstSteps, useShowing } from './useFirstSteps';

export function FirstStepsLink({ narrow }: { narrow: boolean }) {
  const { data: first } = useFirstSteps('frame');
  const hidden = useShowing((state) => state.hidden);
  if (hidden || !first || first.is_finished) return null;
  const how = t('{{done}} of {{needed}}', { done: first.done, needed: first.needed });
  return (
    <Link
      to="/first-steps"
      id="first-steps-link"
      title={narrow ? t('First steps, {{how}}', { how }) : undefined}
      aria-label={narrow ? t('First steps, {{how}}', { how }) : undefined}
      className={cn(
        'mb-2 flex h-7 items-center gap-2 rounded-md font-medium text-muted hover:bg-hover hover:text-ink aria-[current=page]:bg-active aria-[current=page]:text-ink',
        narrow ? 'justify-center' : 'px-2',
      )}
    >
      <ListChecks className="size-4 flex-none text-accent-ink" strokeWidth={1.75} aria-hidden />
      {!narrow && (
        <>
          <span>{t('First steps')}</span>
          <span className="num ml-auto text-xs font-medium text-faint">{how}</span>
        </>
      )}
    </Link>
  );
}
