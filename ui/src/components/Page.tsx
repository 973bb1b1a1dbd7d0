/** The parts that every page is made of. */
import type { ReactNode } from 'react';
import { cn } from '@/lib/cn';
import { Kbd } from './Button';

/** The line of filters and actions above a list. */
export function Toolbar({ children, className }: { children: ReactNode; className?: string }) {
  return <div className={cn('flex min-h-11 flex-none items-center gap-2 border-b border-line px-4 py-2', className)}>{children}</div>;
}

/** The title of a page that shows one thing. */
export function PageHead({ title, badge, meta, actions }: { title: ReactNode; badge?: ReactNode; meta?: ReactNode; actions?: ReactNode }) {
  return (
    <div className="flex min-w-0 flex-none items-center gap-2.5 px-4 py-3">
      <h1 className="min-w-0 truncate text-lg font-semibold tracking-[-0.01em]">{title}</h1>
      {badge}
      {meta}
      {actions && <div className="ml-auto flex flex-none gap-2">{actions}</div>}
    </div>
  );
}

/** The head of a section: a word, a count, something at the right. */
export function SectionHead({ title, count, aside, className }: { title: ReactNode; count?: ReactNode; aside?: ReactNode; className?: string }) {
  return (
    <div className={cn('flex h-9 flex-none items-center gap-2', className)}>
      <h2 className="font-semibold">{title}</h2>
      {count !== undefined && <span className="num text-xs font-medium text-faint">{count}</span>}
      {aside && <div className="ml-auto">{aside}</div>}
    </div>
  );
}

/** The line under a list: what is shown, and the keys that work here. */
export function StatusBar({ children, hints }: { children: ReactNode; hints?: readonly (readonly [key: string, what: string])[] }) {
  return (
    <div className="flex h-7 flex-none items-center gap-3.5 border-t border-line bg-bg px-4 text-sm text-faint">
      <span className="num" role="status">
        {children}
      </span>
      <span className="ml-auto flex items-center gap-3.5">
        {hints?.map(([key, what]) => (
          <span key={key} className="flex items-center gap-1">
            <Kbd>{key}</Kbd>
            <span className="sr-only">{key}: </span>
            {what}
          </span>
        ))}
      </span>
    </div>
  );
}

/** Names and values, in two columns. */
export function KeyValues({ rows, className }: { rows: readonly (readonly [name: ReactNode, value: ReactNode])[]; className?: string }) {
  return (
    <dl className={cn('grid grid-cols-[auto_minmax(0,1fr)] gap-x-4 gap-y-1.5 text-sm', className)}>
      {rows.map(([name, value], index) => (
        <div key={index} className="contents">
          <dt className="whitespace-nowrap text-faint">{name}</dt>
          <dd className="selectable min-w-0">{value}</dd>
        </div>
      ))}
    </dl>
  );
}
