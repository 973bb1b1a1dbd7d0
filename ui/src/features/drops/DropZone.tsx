/** Takes the files that are dropped on the window, and says before what will happen with them. */
import { CornerRightDown, Import } from 'lucide-react';
import { lazy, Suspense, useEffect, useState } from 'react';
import { toast } from '@/components/toast';
import { t } from '@/i18n';
import { host, invoke } from '@/ipc';
import { nameOf } from '@/lib/paths';
import { FIELD, targetAt, type FieldTarget, type Target } from './targets';

const DropDialog = lazy(async () => ({ default: (await import('./DropDialog')).DropDialog }));

interface Over {
  paths: readonly string[];
  target: Target | null;
}

export function DropZone() {
  const [over, setOver] = useState<Over | null>(null);
  const [asked, setAsked] = useState<readonly string[] | null>(null);
  useEffect(() => {
    let carried: readonly string[] = [];
    const look = (x: number, y: number) => {
      const target = targetAt(x, y);
      setOver((before) => (before && before.paths === carried && isSame(before.target, target) ? before : { paths: carried, target }));
    };
    const away = () => {
      carried = [];
      setOver(null);
    };
    return host().onFilesDragged((drag) => {
      switch (drag.phase) {
        case 'entered':
          carried = drag.paths;
          look(drag.x, drag.y);
          break;
        case 'over':
          if (carried.length > 0) look(drag.x, drag.y);
          break;
        case 'left':
          away();
          break;
        case 'dropped': {
          away();
          const target = targetAt(drag.x, drag.y);
          if (target?.kind === 'field') fill(target.field, drag.paths);
          else if (target?.kind === 'page') target.page.take(drag.paths);
          else if (target?.kind === 'ask') setAsked(drag.paths);
        }
      }
    });
  }, []);

  const field = over?.target?.kind === 'field' ? over.target.element : null;
  useEffect(() => {
    field?.toggleAttribute('data-drop-over', true);
    return () => void field?.toggleAttribute('data-drop-over', false);
  }, [field]);
  const isOver = over !== null;
  useEffect(() => {
    document.documentElement.toggleAttribute('data-files-over', isOver);
    return () => void document.documentElement.toggleAttribute('data-files-over', false);
  }, [isOver]);

  return (
    <>
      {over?.target && <Overlay target={over.target} paths={over.paths} />}
      {asked && (
        <Suspense>
          <DropDialog paths={asked} onClose={() => setAsked(null)} />
        </Suspense>
      )}
    </>
  );
}

const isSame = (a: Target | null, b: Target | null): boolean => {
  if (a?.kind === 'field' && b?.kind === 'field') return a.element === b.element;
  if (a?.kind === 'page' && b?.kind === 'page') return a.page === b.page;
  return a?.kind === b?.kind;
};

function fill(field: FieldTarget, paths: readonly string[]): void {
  if (!field.several && paths.length > 1) return;
  invoke.dropsLook([...paths]).then(field.take, (error: unknown) => toast.failed(error));
}

/** Lies above everything and is never under the pointer, so that what is under it shows and is found. */
function Overlay({ target, paths }: { target: Target; paths: readonly string[] }) {
  const [words, more] = wordsOf(target, paths);
  const Icon = target.kind === 'field' ? CornerRightDown : Import;
  return (
    <div data-drop-overlay={target.kind} className="pointer-events-none fixed inset-0 z-50">
      {target.kind !== 'field' && <div className="absolute inset-1.5 rounded-lg border-2 border-dashed border-accent bg-accent/5" />}
      <div role="status" className="absolute bottom-12 left-1/2 flex max-w-[min(640px,calc(100vw-64px))] -translate-x-1/2 items-center gap-2.5 rounded-lg border border-accent bg-raised px-4 py-2.5 shadow-float">
        <Icon className="size-4 flex-none text-accent-ink" aria-hidden />
        <span className="flex min-w-0 flex-col">
          <span className="truncate font-medium">{words}</span>
          {more && <span className="truncate text-sm text-muted">{more}</span>}
        </span>
      </div>
    </div>
  );
}

function wordsOf(target: Target, paths: readonly string[]): [words: string, more: string | null] {
  const what = paths.length === 1 ? nameOf(paths[0] ?? '') : t('{{count}} files', { count: paths.length });
  switch (target.kind) {
    case 'field':
      return target.field.several || paths.length === 1 ? [t('Drop to fill in “{{label}}”', { label: target.field.label }), what] : [t('“{{label}}” takes one path', { label: target.field.label }), t('{{what}} are too many for it.', { what })];
    case 'page':
      return [target.page.words, null];
    case 'ask':
      return [t('Drop to send, watch or encrypt {{what}}', { what }), document.querySelector(`[${FIELD}]`) ? t('Or drop on a path field to fill it in.') : t('Nothing happens before you have seen what will.')];
  }
}
