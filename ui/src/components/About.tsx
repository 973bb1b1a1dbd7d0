/**
 * The small button beside a field that explains it. What there is to read is said by whoever is around the fields (see
 * `AboutContext`), or by the field itself; a field of which nothing is said has no button.
 *
 * It is no stop of the Tab key, since F1 in the field does the same.
 */
import { CircleHelp } from 'lucide-react';
import { createContext, type ReactNode } from 'react';
import { t } from '@/i18n';
import { cn } from '@/lib/cn';
import { Popover } from './Popover';

/** What there is to read about the field of a name; `null` where there is nothing. */
export const AboutContext = createContext<((name: string) => ReactNode | null) | null>(null);

export function AboutButton({ name, children, className }: { name: string; children: ReactNode; className?: string }) {
  return (
    <Popover
      label={t('About {{name}}', { name })}
      className="w-[320px] p-3"
      trigger={
        <button
          type="button"
          tabIndex={-1}
          data-about={name}
          title={t('About {{name}}  F1', { name })}
          className={cn('grid size-4 flex-none place-items-center rounded-full text-faint hover:text-ink data-popup-open:text-ink [&_svg]:size-3', className)}
        >
          <CircleHelp aria-hidden />
          <span className="sr-only">{t('About {{name}}', { name })}</span>
        </button>
      }
    >
      {children}
    </Popover>
  );
}
