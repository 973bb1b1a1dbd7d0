/** The panel beside a list, about one of its entries. */
import type { ReactNode } from 'react';
import { cn } from '@/lib/cn';

export function Inspector({ title, actions, children, className = 'w-[316px]' }: { title: string; actions: ReactNode; children: ReactNode; className?: string }) {
  return (
    <aside aria-label={title} className={cn('flex flex-none flex-col border-l border-line', className)} data-inspector={title}>
      <div className="flex h-11 flex-none items-center gap-1 border-b border-line px-4">
        <h2 className="min-w-0 flex-1 truncate font-semibold" title={title}>
          {title}
        </h2>
        {actions}
      </div>
      <div className="min-h-0 flex-1 overflow-y-auto">{children}</div>
    </aside>
  );
}

export function InspectorSection({ title, aside, children, className }: { title?: string; aside?: ReactNode; children: ReactNode; className?: string }) {
  return (
    <section className={cn('flex flex-col gap-2 border-b border-line px-4 py-3 last:border-b-0', className)}>
      {title && (
        <div className="flex items-center">
          <h3 className="font-semibold">{title}</h3>
          {aside && <span className="ml-auto text-sm">{aside}</span>}
        </div>
      )}
      {children}
    </section>
  );
}
