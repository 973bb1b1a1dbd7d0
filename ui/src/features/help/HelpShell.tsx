/** The help: its contents with a search at the left, a page beside them. */
import { useQuery } from '@tanstack/react-query';
import { Link, Outlet } from '@tanstack/react-router';
import { useDeferredValue, useMemo, useState, type ReactNode } from 'react';
import { FilterInput } from '@/components/FilterInput';
import { StepIcon } from '@/components/StepIcon';
import { t } from '@/i18n';
import { stepGuidesQuery, stepTypesQuery, type Category, type StepGuide, type StepSpec } from '@/ipc';
import { AREAS, TOPICS, type Area } from './contents';

const CATEGORIES: Record<Category, string> = { transfer: t('Steps: servers'), keys: t('Steps: keys'), files: t('Steps: files'), logic: t('Steps: logic') };

/** Whether every word that is looked for is in the text. */
const has = (text: string, wanted: readonly string[]) => wanted.every((word) => text.includes(word));

const areaText = (area: Area) => {
  const { title, about, words, notes } = TOPICS[area];
  return [title, about, words, ...notes].join(' ').toLowerCase();
};

const stepText = (spec: StepSpec, guide: StepGuide | undefined) =>
  [
    spec.type_key, spec.label, spec.summary, guide?.purpose ?? '', ...(guide?.when ?? []), ...(guide?.facts ?? []), ...spec.fields.flatMap(({ name, label, help }) => [name, label, help]),
    ...spec.outputs.map(({ name }) => name), ...(guide?.failures ?? []).flatMap(({ code, cause }) => [code, cause]),
  ]
    .join(' ')
    .toLowerCase();

export function HelpShell() {
  const specs = useQuery(stepTypesQuery()).data;
  const guides = useQuery(stepGuidesQuery()).data;
  const [text, setText] = useState('');
  const sought = useDeferredValue(text);
  const texts = useMemo(() => new Map(specs?.map((spec) => [spec.type_key, stepText(spec, guides?.find((one) => one.type_key === spec.type_key))])), [specs, guides]);
  const wanted = sought.toLowerCase().split(/\s+/).filter((word) => word !== '');
  const areas = AREAS.filter((area) => has(areaText(area), wanted));
  const steps = specs?.filter((spec) => has(texts.get(spec.type_key) ?? '', wanted)) ?? [];
  const nothing = areas.length === 0 && steps.length === 0 && specs !== undefined;
  return (
    <div className="flex min-h-0 flex-1">
      <nav aria-label={t('Contents of the help')} className="flex w-[232px] flex-none flex-col border-r border-line">
        <div className="flex-none px-3 py-2.5">
          <FilterInput value={text} onChange={setText} placeholder={t('Search the help')} className="w-full" id="help-search" />
        </div>
        <div className="min-h-0 flex-1 overflow-y-auto px-2 pb-4" role="region" aria-label={t('Pages of the help')} tabIndex={-1}>
          {areas.length > 0 && (
            <Group title={t('Areas')}>
              {areas.map((area) => {
                const { title, icon: Icon } = TOPICS[area];
                return (
                  <Link key={area} to="/help/areas/$area" params={{ area }} activeOptions={{ includeSearch: false }} data-help-area={area} className={entryClass}>
                    <Icon className="size-3.5 flex-none" strokeWidth={1.75} aria-hidden />
                    <span className="truncate">{title}</span>
                  </Link>
                );
              })}
            </Group>
          )}
          {(Object.keys(CATEGORIES) as Category[]).map((category) => {
            const some = steps.filter((spec) => spec.category === category);
            return some.length === 0 ? null : (
              <Group key={category} title={CATEGORIES[category]}>
                {some.map((spec) => (
                  <Link key={spec.type_key} to="/help/steps/$typeKey" params={{ typeKey: spec.type_key }} activeOptions={{ includeSearch: false }} data-help-step={spec.type_key} className={entryClass}>
                    <span className="flex-none [&_svg]:size-3.5">
                      <StepIcon name={spec.icon} />
                    </span>
                    <span className="truncate">{spec.label}</span>
                  </Link>
                ))}
              </Group>
            );
          })}
          {nothing && <p className="px-2 py-4 text-muted" data-nothing-found>{t('Nothing in the help speaks of “{{sought}}”.', { sought: sought.trim() })}</p>}
        </div>
        <p role="status" className="sr-only">
          {wanted.length === 0 ? '' : t('{{count}} pages found', { count: areas.length + steps.length })}
        </p>
      </nav>
      <Outlet />
    </div>
  );
}

const entryClass =
  'flex h-[26px] items-center gap-2 rounded-[5px] px-2 text-muted hover:bg-hover hover:text-ink aria-[current=page]:bg-active aria-[current=page]:font-medium aria-[current=page]:text-ink';

function Group({ title, children }: { title: string; children: ReactNode }) {
  return (
    <section aria-label={title} className="flex flex-col pt-2">
      <h2 className="px-2 pb-0.5 text-xs font-medium text-faint">{title}</h2>
      {children}
    </section>
  );
}
