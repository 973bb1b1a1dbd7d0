/**
 * Says which area of the help the fields inside belong to, so that each has its button. The words are fetched when
 * somebody asks for them.
 */
import { Link } from '@tanstack/react-router';
import { lazy, Suspense, useCallback, type ReactNode } from 'react';
import { useChrome } from '@/app/chrome';
import { AboutContext } from '@/components/About';
import { Skeleton } from '@/components/Skeleton';
import { t } from '@/i18n';
import { TOPICS, type Area } from './contents';

const NoteWords = lazy(async () => ({ default: (await import('./Areas')).NoteWords }));

export function HelpTopic({ area, children }: { area: Area; children: ReactNode }) {
  const about = useCallback((field: string) => (TOPICS[area].notes.includes(field) ? <FieldNote area={area} field={field} /> : null), [area]);
  return <AboutContext value={about}>{children}</AboutContext>;
}

function FieldNote({ area, field }: { area: Area; field: string }) {
  return (
    <Explained name={field} link={<HelpLink area={area} field={field} />}>
      <Suspense fallback={<Skeleton className="w-full" />}>
        <NoteWords area={area} field={field} />
      </Suspense>
    </Explained>
  );
}

/** What the button beside a field opens: the field, its words, the way to its place in the help. */
export function Explained({ name, children, link }: { name: string; children: ReactNode; link: ReactNode }) {
  return (
    <div className="flex flex-col gap-2" data-explained={name}>
      <p className="font-semibold">{name}</p>
      {children}
      <p className="border-t border-line pt-2 text-sm">{link}</p>
    </div>
  );
}

/** To the page of an area: to a part of it, or to the note of a field. */
export function HelpLink({ area, field, hash }: { area: Area; field?: string; hash?: string }) {
  return (
    <Link to="/help/areas/$area" params={{ area }} search={field === undefined ? {} : { field }} hash={hash} onClick={closeFloating} data-to-help className={linkClass}>
      {t('Help: {{title}}', { title: TOPICS[area].title })}
    </Link>
  );
}

export const linkClass = 'text-accent-ink hover:underline';

/** Dialogs of the frame stay open when the page under them changes. */
export const closeFloating = () => useChrome.setState({ vaultOpen: false, keysOpen: false, paletteOpen: false });
