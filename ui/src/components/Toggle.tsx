/** On or off, chosen or not, one of two to four. */
import { Checkbox as BaseCheckbox } from '@base-ui/react/checkbox';
import { Radio } from '@base-ui/react/radio';
import { RadioGroup } from '@base-ui/react/radio-group';
import { Switch as BaseSwitch } from '@base-ui/react/switch';
import { Check, Minus } from 'lucide-react';
import { useId, type ReactNode } from 'react';
import { cn } from '@/lib/cn';

export function Switch({ className, ...rest }: Omit<BaseSwitch.Root.Props, 'className'> & { className?: string }) {
  return (
    <BaseSwitch.Root
      {...rest}
      className={cn(
        'relative inline-flex h-4 w-[26px] flex-none items-center rounded-full bg-idle-solid transition-colors data-checked:bg-accent data-disabled:bg-track data-disabled:data-checked:bg-track',
        className,
      )}
    >
      <BaseSwitch.Thumb className="block size-3 translate-x-0.5 rounded-full bg-white transition-transform data-checked:translate-x-3 data-disabled:bg-faint" />
    </BaseSwitch.Root>
  );
}

export function Checkbox({ className, ...rest }: Omit<BaseCheckbox.Root.Props, 'className'> & { className?: string }) {
  return (
    <BaseCheckbox.Root
      {...rest}
      className={cn(
        'grid size-3.5 flex-none place-items-center rounded-sm border border-line-control bg-raised data-checked:border-accent data-checked:bg-accent data-indeterminate:border-accent data-indeterminate:bg-accent',
        'data-disabled:border-line data-disabled:bg-sunken data-disabled:data-checked:border-line-strong data-disabled:data-checked:bg-track data-disabled:data-indeterminate:border-line-strong data-disabled:data-indeterminate:bg-track',
        className,
      )}
    >
      <BaseCheckbox.Indicator className="text-on-accent data-disabled:text-faint">
        {rest.indeterminate ? (
          <Minus className="size-2.5" strokeWidth={3} />
        ) : (
          <Check className="size-2.5" strokeWidth={3} />
        )}
      </BaseCheckbox.Indicator>
    </BaseCheckbox.Root>
  );
}

export interface Segment<T extends string> {
  value: T;
  label: ReactNode;
  /** A count after the label. */
  count?: number;
  id?: string;
  disabled?: boolean;
  title?: string;
}

/** One of two to four, all visible. */
export function Segmented<T extends string>({
  value,
  onChange,
  segments,
  label,
  full,
  disabled,
  className,
}: {
  value: T;
  onChange: (value: T) => void;
  segments: readonly Segment<T>[];
  label: string;
  /** As wide as its place. */
  full?: boolean;
  disabled?: boolean;
  className?: string;
}) {
  const group = useId();
  return (
    <RadioGroup
      value={value}
      onValueChange={(next) => onChange(next as T)}
      aria-label={label}
      disabled={disabled}
      className={cn('inline-flex h-7 flex-none items-center gap-px rounded-md bg-idle-soft p-0.5', full && 'flex', className)}
    >
      {segments.map((segment) => (
        <Radio.Root
          key={segment.value}
          value={segment.value}
          id={segment.id}
          disabled={segment.disabled}
          title={segment.title}
          // Inside a field each would take the field's label for its own.
          aria-labelledby={`${group}-${segment.value}`}
          data-segment={segment.value}
          render={<button type="button" />}
          nativeButton
          className={cn(
            'inline-flex h-6 items-center gap-1.5 rounded-sm px-[9px] text-sm font-medium whitespace-nowrap text-muted hover:text-ink data-checked:bg-raised data-checked:text-ink data-checked:shadow-[0_0_0_1px_var(--border-strong)] data-disabled:text-off dark:data-checked:bg-active',
            full && 'flex-1 justify-center px-1',
          )}
        >
          <span id={`${group}-${segment.value}`} className="inline-flex items-center gap-1.5">{segment.label}</span>
          {segment.count !== undefined && <span className="num text-xs text-faint">{segment.count}</span>}
        </Radio.Root>
      ))}
    </RadioGroup>
  );
}
