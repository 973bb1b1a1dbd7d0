/** The pages of the help: where it begins, and one for each area. */
import { Link } from '@tanstack/react-router';
import { useLayoutEffect, useRef, type ReactNode } from 'react';
import { useCrumbs } from '@/app/chrome';
import { Kbd } from '@/components/Button';
import { t } from '@/i18n';
import { AreaWords } from './Areas';
import { AREAS, isArea, TOPICS } from './contents';

/** A page to read; another one begins at its top. */
export function Reading({ of, title, icon, lead, children }: { of: string; title: string; icon?: ReactNode; lead: ReactNode; children: ReactNode }) {
  const box = useRef<HTMLDivElement>(null);
  // Before what is marked comes into view.
  useLayoutEffect(() => {
    if (box.current) box.current.scrollTop = 0;
  }, [of]);
  return (
    <div ref={box} className="min-h-0 min-w-0 flex-1 overflow-y-auto px-6 pt-4" data-help-page={of} role="region" aria-label={title} tabIndex={-1}>
      <article className="flex max-w-[720px] flex-col leading-[1.55]">
        <h1 className="flex items-center gap-2 text-lg font-semibold tracking-[-0.01em]">
          {icon}
          {title}
        </h1>
        <div className="pt-1 pb-4 text-muted">{lead}</div>
        {children}
      </article>
    </div>
  );
}

export function HelpHome() {
  useCrumbs({ label: t('Help') });
  return (
    <Reading of={t('home')} title={t('Help')} lead={t('A page for each area and each type of step. It is drawn from what this Courier can do, so it fits this version.')}>
      <div className="flex flex-wrap gap-x-5 gap-y-1.5 border-t border-line py-3 text-sm text-muted">
        <span>
          <Kbd>F1</Kbd>{' '}{t('help on where you are')}
        </span>
        <span>
          <Kbd>?</Kbd>{' '}{t('keys of the page')}
        </span>
        <span>
          <Kbd>Ctrl K</Kbd>{' '}{t('find and do everything by name')}
        </span>
      </div>
      <dl className="flex flex-col border-t border-line pb-6">
        {AREAS.map((area) => {
          const { title, about, icon: Icon } = TOPICS[area];
          return (
            <div key={area} className="grid grid-cols-[232px_minmax(0,1fr)] gap-x-4 border-b border-grid py-2">
              <dt>
                <Link to="/help/areas/$area" params={{ area }} className="inline-flex items-center gap-2 font-medium hover:text-accent-ink hover:underline">
                  <Icon className="size-4 flex-none text-muted" strokeWidth={1.75} aria-hidden />
                  {title}
                </Link>
              </dt>
              <dd className="text-muted">{about}</dd>
            </div>
          );
        })}
      </dl>
    </Reading>
  );
}

export function AreaPage({ area, field }: { area: string; field: string | null }) {
  const topic = isArea(area) ? TOPICS[area] : null;
  useCrumbs({ label: t('Help'), to: '/help' }, { label: topic?.title ?? area });
  if (!isArea(area) || topic === null) return <NoPage of={area} />;
  const Icon = topic.icon;
  return (
    <Reading of={area} title={topic.title} icon={<Icon className="size-5 text-muted" strokeWidth={1.75} aria-hidden />} lead={topic.about}>
      <AreaWords area={area} marked={field} />
    </Reading>
  );
}

export function NoPage({ of }: { of: string }) {
  return (
    <Reading of={of} title={t('There is no such page')} lead={t('The help has no page about “{{of}}”.', { of })}>
      <Link to="/help" className="text-accent-ink hover:underline">
        {t('To the beginning of the help')}
      </Link>
    </Reading>
  );
}
