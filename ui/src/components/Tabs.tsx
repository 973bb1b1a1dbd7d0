import { Tabs as Base } from '@base-ui/react/tabs';
import type { ReactNode } from 'react';
import { locale } from '@/i18n';
import { cn } from '@/lib/cn';

export interface Tab<T extends string> {
  value: T;
  label: string;
  count?: number;
  panel: ReactNode;
}

/** Views of one thing. Only the chosen panel is mounted. */
export function Tabs<T extends string>({
  value,
  onChange,
  tabs,
  aside,
  className,
}: {
  value: T;
  onChange: (value: T) => void;
  tabs: readonly Tab<T>[];
  aside?: ReactNode;
  className?: string;
}) {
  return (
    <Base.Root
      value={value}
      onValueChange={(next) => onChange(next as T)}
      className={cn('flex min-h-0 flex-1 flex-col', className)}
    >
      <Base.List className="flex flex-none items-center gap-4 border-b border-line px-4">
        {tabs.map((tab) => (
          <Base.Tab
            key={tab.value}
            value={tab.value}
            data-tab={tab.value}
            className="-mb-px inline-flex h-[34px] items-center gap-1.5 border-b-2 border-transparent font-medium whitespace-nowrap text-muted hover:text-ink data-active:border-accent data-active:text-ink"
          >
            {tab.label}
            {tab.count !== undefined && (
              <span className="num text-xs font-medium text-faint">{tab.count.toLocaleString(locale)}</span>
            )}
          </Base.Tab>
        ))}
        {aside && <span className="ml-auto">{aside}</span>}
      </Base.List>
      {tabs.map((tab) => (
        <Base.Panel key={tab.value} value={tab.value} className="flex min-h-0 flex-1 flex-col outline-none">
          {tab.panel}
        </Base.Panel>
      ))}
    </Base.Root>
  );
}
