/**
 * The tree of what is in scope. Opened by `{` it narrows as one goes on typing in the field; opened by its button it
 * has a search of its own. Either way the arrows choose, Enter inserts, Escape closes.
 */
import { Popover } from '@base-ui/react/popover';
import { CalendarDays, Radar, Search, SlidersHorizontal, Workflow } from 'lucide-react';
import { useEffect, useRef, type KeyboardEvent, type RefObject } from 'react';
import { Kbd } from '@/components/Button';
import { StepIcon } from '@/components/StepIcon';
import { t } from '@/i18n';
import { cn } from '@/lib/cn';
import type { ScopeGroup } from '../model/scope';

export interface ScopePickerProps {
  anchor: RefObject<HTMLElement | null>;
  groups: readonly ScopeGroup[];
  query: string;
  /** The field keeps the focus and is the search. */
  typed: boolean;
  active: number;
  onActive: (index: number) => void;
  onQuery: (query: string) => void;
  onKey: (event: KeyboardEvent) => void;
  onPick: (inner: string) => void;
  onClose: () => void;
}

/** Under the field or above it, never beside it. */
const FLIP = { side: 'flip', align: 'shift', fallbackAxisSide: 'none' } as const;

export function ScopePicker({ anchor, groups, query, typed, active, onActive, onQuery, onKey, onPick, onClose }: ScopePickerProps) {
  const list = useRef<HTMLDivElement>(null);
  const field = useRef<HTMLInputElement>(null);
  useEffect(() => {
    list.current?.querySelector('[aria-selected=true]')?.scrollIntoView?.({ block: 'nearest' });
  }, [active, query]);
  return (
    <Popover.Root open onOpenChange={(open) => !open && onClose()}>
      <Popover.Portal>
        <Popover.Positioner anchor={anchor} side="bottom" align="start" sideOffset={6} collisionPadding={8} collisionAvoidance={FLIP} className="z-50 outline-none">
          <Popover.Popup
            initialFocus={typed ? false : field}
            finalFocus={false}
            data-scope-picker
            data-own-undo
            className="flex max-h-[min(330px,var(--available-height))] w-[332px] flex-col rounded-lg bg-raised p-1 shadow-float outline-none"
          >
            <div className="mx-1 mt-1 mb-0.5 flex h-6 flex-none items-center gap-1.5 rounded-[5px] border border-line-control px-2 text-sm">
              <Search className="size-3.5 text-faint" aria-hidden />
              <input
                ref={field}
                id="scope-search"
                value={query}
                readOnly={typed}
                tabIndex={typed ? -1 : 0}
                aria-label={t('Search values in scope')}
                placeholder={typed ? t('Go on typing to narrow') : t('Search values in scope')}
                onChange={(event) => onQuery(event.target.value)}
                onKeyDown={onKey}
                className="w-full bg-transparent outline-none"
              />
            </div>
            <div ref={list} role="listbox" aria-label={t('Values in scope')} className="min-h-0 flex-1 overflow-y-auto">
              {groups.length === 0 && <p className="px-2 py-3 text-sm text-muted">{t('Nothing in scope is called that.')}</p>}
              {groups.map((group, g) => (
                <div key={`${group.icon}:${group.title}`} role="group" aria-label={group.title}>
                  <div className="truncate px-2 pt-1.5 pb-0.5 text-xs font-medium text-faint">{group.title}</div>
                  {group.items.map((item, i) => {
                    const here = i + groups.slice(0, g).reduce((sum, before) => sum + before.items.length, 0);
                    return (
                      <div
                        key={item.inner}
                        role="option"
                        tabIndex={-1}
                        aria-selected={here === active}
                        data-scope={item.inner}
                        onPointerMove={() => here !== active && onActive(here)}
                        onPointerDown={(event) => event.preventDefault()}
                        onClick={() => onPick(item.inner)}
                        className={cn('flex h-[26px] items-center gap-2 rounded-[5px] px-2 text-sm', here === active && 'bg-selected')}
                      >
                        <SourceIcon name={group.icon} />
                        <span className="min-w-0 flex-1 truncate">{item.label}</span>
                        <span className="flex-none rounded-sm border border-line px-1 text-xs leading-[15px] text-faint">{item.type}</span>
                        {item.note && (
                          <span className="max-w-[130px] flex-none truncate text-xs text-faint" title={item.note}>
                            {item.note}
                          </span>
                        )}
                      </div>
                    );
                  })}
                </div>
              ))}
            </div>
            <div className="mt-1 flex flex-none gap-3 border-t border-line px-2 pt-2 pb-1 text-xs text-faint">
              <span>
                <Kbd>↑↓</Kbd>{' '}{t('choose')}
              </span>
              <span>
                <Kbd>Enter</Kbd>{' '}{t('insert')}
              </span>
              <span>
                <Kbd>Esc</Kbd>{' '}{t('close')}
              </span>
            </div>
          </Popover.Popup>
        </Popover.Positioner>
      </Popover.Portal>
    </Popover.Root>
  );
}

function SourceIcon({ name }: { name: string }) {
  const look = 'size-3.5 flex-none text-muted';
  switch (name) {
    case 'parameter':
      return <SlidersHorizontal className={look} aria-hidden />;
    case 'date':
      return <CalendarDays className={look} aria-hidden />;
    case 'job':
      return <Workflow className={look} aria-hidden />;
    case 'monitor':
      return <Radar className={look} aria-hidden />;
    default:
      return <StepIcon name={name} className={look} />;
  }
}
