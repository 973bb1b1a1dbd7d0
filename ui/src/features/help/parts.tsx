/**
 * What pages of an area are written with: parts, sentences, points, and notes about fields. The same page gives the note
 * of one field alone, for the button beside that field.
 */
import { Link, useLocation, type LinkProps } from '@tanstack/react-router';
import { ArrowRight } from 'lucide-react';
import { createContext, useContext, useEffect, useRef, type ReactNode } from 'react';
import { rich, t } from '@/i18n';
import { cn } from '@/lib/cn';

/** The field whose note alone is shown; `null` for the whole page. */
export const OnlyNote = createContext<string | null>(null);
/** The field that the address asks for. */
export const Marked = createContext<string | null>(null);

/** A part of a page, which its address can name. */
export function Part({ id, title, children }: { id: string; title: string; children: ReactNode }) {
  const alone = useContext(OnlyNote) !== null;
  const box = useRef<HTMLElement>(null);
  const wanted = useLocation({ select: (location) => location.hash === id });
  useEffect(() => {
    if (wanted) box.current?.scrollIntoView?.({ block: 'start' });
  }, [wanted]);
  if (alone) return children;
  return (
    <section ref={box} id={id} aria-labelledby={`${id}-title`} className="flex scroll-mt-4 flex-col gap-2 border-t border-line pt-4 pb-5">
      <h2 id={`${id}-title`} className="font-semibold">
        {title}
      </h2>
      {children}
    </section>
  );
}

export function P({ children }: { children: ReactNode }) {
  return useContext(OnlyNote) === null ? <p>{children}</p> : null;
}

export function Points({ children }: { children: ReactNode }) {
  return useContext(OnlyNote) === null ? <ul className="flex list-disc flex-col gap-1 pl-5 marker:text-faint">{children}</ul> : null;
}

/** Steps in their order. */
export function InOrder({ children }: { children: ReactNode }) {
  return useContext(OnlyNote) === null ? <ol className="flex list-decimal flex-col gap-1 pl-5 marker:text-faint">{children}</ol> : null;
}

/** Something to type, or the name of a key. */
export function Code({ children }: { children: ReactNode }) {
  return <code className="mono selectable rounded-sm bg-idle-soft px-1 text-sm">{children}</code>;
}

export function Lines({ children }: { children: string }) {
  if (useContext(OnlyNote) !== null) return null;
  return <pre className="mono selectable whitespace-pre-wrap rounded-md border border-line bg-sunken px-3 py-2 text-sm leading-5">{children}</pre>;
}

/** The fields of a form, one after the other. */
export function Notes({ children }: { children: ReactNode }) {
  return useContext(OnlyNote) === null ? <dl className="flex flex-col">{children}</dl> : children;
}

export interface NoteProps {
  /** The field's label. */
  field: string;
  /** What holds when nothing is entered. */
  usual?: string;
  example?: string;
  children: ReactNode;
}

export function Note({ field, usual, example, children }: NoteProps) {
  const only = useContext(OnlyNote);
  const [line, marked] = useMarked<HTMLDivElement>(field);
  if (only !== null) {
    return only === field ? (
      <div className="flex flex-col gap-1.5">
        <p>{children}</p>
        <Usual usual={usual} example={example} />
      </div>
    ) : null;
  }
  return (
    <div ref={line} data-note={field} data-marked={marked || undefined} className={cn('border-b border-grid py-1.5 last:border-b-0', markedClass(marked))}>
      <dt className="font-medium">{field}</dt>
      <dd className="flex flex-col gap-0.5 text-muted">
        <span>{children}</span>
        <Usual usual={usual} example={example} />
      </dd>
    </div>
  );
}

export function Usual({ usual, example }: { usual?: string | undefined; example?: string | undefined }) {
  return (
    <>
      {usual && (
        <span className="text-sm text-muted">
          {rich('At first: {{usual}}', { usual: <span className="text-ink">{usual}</span> })}
        </span>
      )}
      {example && (
        <span className="text-sm text-muted">
          {rich('Such as {{example}}', { example: <Code>{example}</Code> })}
        </span>
      )}
    </>
  );
}

/** Brings what the address asks for into view. */
export function useMarked<E extends HTMLElement>(field: string): [React.RefObject<E | null>, boolean] {
  const line = useRef<E>(null);
  const marked = useContext(Marked) === field;
  useEffect(() => {
    if (marked) line.current?.scrollIntoView?.({ block: 'center' });
  }, [marked]);
  return [line, marked];
}

export const markedClass = (marked: boolean) => marked && '-mx-2 rounded-md bg-selected px-2 shadow-[inset_2px_0_0_var(--accent)]';

/** Pages of the window that the page speaks about. */
export function See({ children }: { children: ReactNode }) {
  if (useContext(OnlyNote) !== null) return null;
  return (
    <nav aria-label={t('In the window')} className="flex flex-wrap gap-x-4 gap-y-1 border-t border-line pt-3 pb-6">
      {children}
    </nav>
  );
}

type Place = Pick<LinkProps, 'to' | 'params' | 'search' | 'hash'>;

export function GoTo({ children, ...to }: Place & { children: ReactNode }) {
  return (
    <Link {...to} className="inline-flex items-center gap-1 text-accent-ink hover:underline">
      {children}
      <ArrowRight className="size-3.5" aria-hidden />
    </Link>
  );
}
