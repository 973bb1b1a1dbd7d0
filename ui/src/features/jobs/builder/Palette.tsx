/** Every step type: to drag, to click, to find by typing. Enter and a click put it after the selected step. */
import { useDraggable } from '@dnd-kit/core';
import { Search } from 'lucide-react';
import { useRef, useState, type KeyboardEvent, type RefObject } from 'react';
import { Kbd } from '@/components/Button';
import { Input } from '@/components/Input';
import { StepIcon } from '@/components/StepIcon';
import { t } from '@/i18n';
import type { StepSpec } from '@/ipc';
import { cn } from '@/lib/cn';
import { useSpecs } from './context';
import type { Dragged } from './drag';
import { recentTypes } from './model/recent';

const CATEGORIES: Record<StepSpec['category'], string> = { transfer: t('Transfer'), keys: t('Keys'), files: t('Files'), logic: t('Logic') };

export function Palette({ search, onAdd, onLeave }: { search: RefObject<HTMLInputElement | null>; onAdd: (spec: StepSpec) => void; onLeave: () => void }) {
  const specs = useSpecs();
  const [query, setQuery] = useState('');
  const list = useRef<HTMLDivElement>(null);
  const words = query.toLowerCase().split(/\s+/).filter(Boolean);
  // Blocks bring these along.
  const all = [...specs.values()].filter((spec) => spec.type_key !== 'flow.else' && spec.type_key !== 'flow.end');
  const found = all.filter((spec) => words.every((word) => `${spec.label} ${spec.type_key} ${spec.summary}`.toLowerCase().includes(word)));
  const recent = words.length > 0 ? [] : recentTypes().flatMap((type) => specs.get(type) ?? []);
  const groups: { title: string; prefix: string; items: StepSpec[] }[] = [
    ...(recent.length > 0 ? [{ title: t('Recent'), prefix: 'recent:', items: recent }] : []),
    ...(Object.keys(CATEGORIES) as StepSpec['category'][])
      .map((category) => ({ title: CATEGORIES[category], prefix: '', items: found.filter((spec) => spec.category === category) }))
      .filter((group) => group.items.length > 0),
  ];
  const add = (spec: StepSpec) => {
    setQuery('');
    onAdd(spec);
  };
  const items = () => [...(list.current?.querySelectorAll<HTMLElement>('[data-palette-item]') ?? [])];
  const onKey = (event: KeyboardEvent) => {
    const at = items().indexOf(document.activeElement as HTMLElement);
    if (event.key === 'ArrowDown') items()[at + 1]?.focus();
    else if (event.key === 'ArrowUp') (items()[at - 1] ?? search.current)?.focus();
    else if (event.key === 'Enter' && at < 0) {
      const first = found[0];
      if (first && words.length > 0) add(first);
    } else if (event.key === 'Escape') {
      if (query === '') onLeave();
      setQuery('');
    } else return;
    event.preventDefault();
  };
  return (
    <aside aria-label={t('Step types')} className="flex min-h-0 flex-col border-r border-line" onKeyDown={onKey}>
      <div className="flex-none px-2.5 pt-2.5 pb-0.5" data-own-undo>
        <Input
          ref={search}
          id="palette-search"
          small
          aria-label={t('Find a step')}
          placeholder={t('Find a step')}
          icon={<Search />}
          tail={<Kbd>/</Kbd>}
          value={query}
          onChange={(event) => setQuery(event.target.value)}
        />
      </div>
      <div ref={list} className="min-h-0 flex-1 overflow-y-auto pb-3">
        {groups.map((group) => (
          <div key={group.title} role="group" aria-label={group.title}>
            <div className="px-4 pt-2 pb-0.5 text-xs font-medium text-faint">{group.title}</div>
            {group.items.map((spec) => (
              <PaletteItem key={spec.type_key} id={`${group.prefix}${spec.type_key}`} spec={spec} onAdd={() => add(spec)} />
            ))}
          </div>
        ))}
        {groups.length === 0 && <p className="px-4 py-3 text-sm text-muted">{t('No step is called that.')}</p>}
      </div>
    </aside>
  );
}

function PaletteItem({ id, spec, onAdd }: { id: string; spec: StepSpec; onAdd: () => void }) {
  const { setNodeRef, listeners, isDragging } = useDraggable({
    id: `palette:${id}`,
    data: { from: 'palette', type_key: spec.type_key } satisfies Dragged,
  });
  return (
    <button
      ref={setNodeRef}
      type="button"
      {...listeners}
      data-palette={id}
      data-palette-item
      title={spec.summary}
      onClick={onAdd}
      className={cn(
        'mx-1.5 flex h-[25px] w-[calc(100%-12px)] touch-none items-center gap-2 rounded-[5px] px-2.5 text-left text-sm hover:bg-hover',
        isDragging && 'bg-accent-soft text-accent-ink',
      )}
    >
      <StepIcon name={spec.icon} className="size-3.5 flex-none text-muted" />
      <span className="truncate">{spec.label}</span>
    </button>
  );
}
