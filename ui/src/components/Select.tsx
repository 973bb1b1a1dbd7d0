/** Choosing one of a few. */
import { Select as Base } from '@base-ui/react/select';
import { Check, ChevronsUpDown } from 'lucide-react';
import { useRef, type ReactNode } from 'react';
import { t } from '@/i18n';
import { cn } from '@/lib/cn';

export interface Option<T extends string> {
  value: T;
  label: string;
  /** Faint, at the right end. */
  note?: string;
  disabled?: boolean;
}

export interface SelectProps<T extends string> {
  /** `null` shows the placeholder. */
  value: T | null;
  onChange: (value: T) => void;
  options: readonly Option<T>[];
  placeholder?: string;
  /** Needed when the select is not inside a `Field`. */
  label?: string;
  icon?: ReactNode;
  small?: boolean;
  disabled?: boolean;
  id?: string;
  className?: string;
  /** A row at the end of the list, such as "New connection". */
  footer?: ReactNode;
}

export function Select<T extends string>({
  value,
  onChange,
  options,
  placeholder = t('Choose'),
  label,
  icon,
  small,
  disabled,
  id,
  className,
  footer,
}: SelectProps<T>) {
  const chosen = options.find((option) => option.value === value);
  // Where an option goes away the base goes back to its first value, which nobody chose. It gives the same reason when letters choose from the closed list.
  const typing = useRef(false);
  return (
    <Base.Root
      value={value}
      onValueChange={(next, { reason }) => next !== null && (reason !== 'none' || typing.current) && onChange(next as T)}
      items={options as Option<T>[]}
      disabled={disabled}
    >
      <Base.Trigger
        id={id}
        aria-label={label}
        onKeyDown={() => {
          typing.current = true;
          queueMicrotask(() => (typing.current = false));
        }}
        className={cn(
          'flex h-7 w-full min-w-0 items-center gap-1.5 rounded-md border border-line-control bg-raised px-2 text-left data-invalid:border-fail-solid data-disabled:border-line data-disabled:bg-sunken data-disabled:text-off',
          small && 'h-6 text-sm',
          className,
        )}
      >
        {icon && <span className="flex-none text-faint [&_svg]:size-3.5">{icon}</span>}
        <Base.Value className={cn('min-w-0 flex-auto truncate', !chosen && 'text-faint')}>
          {() => chosen?.label ?? placeholder}
        </Base.Value>
        {chosen?.note && <span className="min-w-0 shrink-[99] truncate text-xs text-faint" title={chosen.note}>{chosen.note}</span>}
        <ChevronsUpDown className="size-3 flex-none text-faint" aria-hidden />
      </Base.Trigger>
      <Base.Portal>
        <Base.Positioner sideOffset={4} alignItemWithTrigger={false} className="z-50 outline-none">
          <Base.Popup className="max-h-80 min-w-(--anchor-width) max-w-96 overflow-y-auto rounded-lg bg-raised p-1 shadow-float outline-none">
            {options.length === 0 && <div className="px-2 py-1 text-sm text-faint">{t('Nothing to choose yet')}</div>}
            <Base.List>
              {options.map((option) => (
                <Base.Item
                  key={option.value}
                  value={option.value}
                  disabled={option.disabled}
                  data-option={option.value}
                  className="flex h-[26px] items-center gap-2 rounded-[5px] px-2 outline-none data-disabled:text-off data-highlighted:bg-selected"
                >
                  <Base.ItemText className="min-w-0 flex-auto truncate">{option.label}</Base.ItemText>
                  {option.note && <span className="min-w-0 shrink-[99] truncate text-xs text-faint" title={option.note}>{option.note}</span>}
                  <span className="grid size-3.5 flex-none place-items-center">
                    <Base.ItemIndicator>
                      <Check className="size-3.5 text-accent-ink" />
                    </Base.ItemIndicator>
                  </span>
                </Base.Item>
              ))}
            </Base.List>
            {footer && <div className="mt-1 border-t border-line pt-1">{footer}</div>}
          </Base.Popup>
        </Base.Positioner>
      </Base.Portal>
    </Base.Root>
  );
}
