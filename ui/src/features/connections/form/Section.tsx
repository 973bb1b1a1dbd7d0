/** The parts of the connection's form: sections that are always open, and folds for what few connections need. */
import { ChevronRight } from 'lucide-react';
import { useState, type ReactNode } from 'react';
import type { ConnectionView } from '@/ipc';
import { cn } from '@/lib/cn';
import type { EditedConnection } from '../draft';

/** What every section gets. */
export interface SectionProps {
  draft: EditedConnection;
  onEdit: (change: Partial<EditedConnection>) => void;
  /** What is wrong, by the path of the field. */
  problems: Record<string, string>;
  /** `null` for a connection that was not saved yet. */
  view: ConnectionView | null;
}

export function Section({ title, children }: { title: string; children: ReactNode }) {
  return (
    <section aria-label={title} className="flex flex-col gap-2.5 border-b border-line pt-3.5 pb-4">
      <h2 className="font-semibold">{title}</h2>
      {children}
    </section>
  );
}

/** Closed it says what is set inside; it opens by itself when something inside is wrong. */
export function Fold({ id, title, summary, wrong, children }: { id: string; title: string; summary: ReactNode; wrong: boolean; children: ReactNode }) {
  const [wanted, setWanted] = useState(false);
  const shown = wanted || wrong;
  return (
    <section aria-label={title} className="border-b border-line py-2">
      <button
        id={id}
        type="button"
        aria-expanded={shown}
        className="-mx-1.5 flex h-7 w-[calc(100%+12px)] items-center gap-1.5 rounded-[5px] px-1.5 text-left hover:bg-hover"
        onClick={() => setWanted(!shown)}
      >
        <ChevronRight className={cn('size-3 flex-none text-muted transition-transform', shown && 'rotate-90')} aria-hidden />
        <span className="flex-none font-semibold">{title}</span>
        {!shown && <span className="ml-auto truncate pl-3 text-sm text-faint">{summary}</span>}
      </button>
      {shown && <div className="flex flex-col gap-2.5 pt-2 pb-2">{children}</div>}
    </section>
  );
}

/** Whether a problem stands at one of these fields, or inside of one. */
export function concerns(problems: Record<string, string>, ...fields: string[]): boolean {
  return Object.keys(problems).some((path) => fields.some((field) => path === field || path.startsWith(`${field}.`) || path.startsWith(`${field}[`)));
}
