/** Choosing one of many by typing a part of it. Use inside `Field` for the label. */
import { Combobox as Base } from '@base-ui/react/combobox';
import { ChevronsUpDown } from 'lucide-react';
import { t } from '@/i18n';
import { controlClass } from './Input';

/** Of a long list only the first that fit are drawn. */
const MOST = 80;

export function Combobox({ id, value, options, labelOf, onChange, none }: { id?: string; value: string; options: readonly string[]; labelOf: (value: string) => string; onChange: (value: string) => void; none: string }) {
  return (
    <Base.Root items={options} value={value} onValueChange={(next) => next !== null && onChange(next)} itemToStringLabel={labelOf} limit={MOST} autoHighlight>
      <Base.InputGroup className={controlClass}>
        <Base.Input id={id} spellCheck={false} className="w-full min-w-0 flex-1 bg-transparent outline-none" />
        <Base.Trigger aria-label={t('Show all')} tabIndex={-1} className="flex-none text-faint hover:text-ink">
          <ChevronsUpDown className="size-3" aria-hidden />
        </Base.Trigger>
      </Base.InputGroup>
      <Base.Portal>
        <Base.Positioner sideOffset={4} className="z-50 outline-none">
          <Base.Popup className="w-(--anchor-width) rounded-lg bg-raised p-1 shadow-float outline-none">
            <Base.Empty className="px-2 py-1 text-sm text-muted empty:hidden">{none}</Base.Empty>
            <Base.List className="max-h-64 overflow-y-auto outline-none">
              {(item: string) => (
                <Base.Item key={item} value={item} data-option={item} className="flex h-[26px] items-center rounded-[5px] px-2 outline-none data-highlighted:bg-selected data-selected:font-medium">
                  <span className="truncate">{labelOf(item)}</span>
                </Base.Item>
              )}
            </Base.List>
          </Base.Popup>
        </Base.Positioner>
      </Base.Portal>
    </Base.Root>
  );
}
