/** The field that narrows a list; `/` goes to it, Esc empties it. */
import { ListFilter } from 'lucide-react';
import { useRef } from 'react';
import { t } from '@/i18n';
import { useShortcuts } from '@/lib/shortcuts';
import { Kbd } from './Button';
import { Input } from './Input';
import { Select } from './Select';

export function FilterInput({ value, onChange, placeholder, className = 'w-[196px]', id = 'filter' }: { value: string; onChange: (value: string) => void; placeholder: string; className?: string; id?: string }) {
  const input = useRef<HTMLInputElement>(null);
  useShortcuts({ '/': { does: t('Go to the filter'), act: () => input.current?.focus() } });
  return (
    <Input
      id={id}
      ref={input}
      small
      type="search"
      aria-label={placeholder}
      placeholder={placeholder}
      boxClassName={className}
      className="[&::-webkit-search-cancel-button]:hidden"
      icon={<ListFilter />}
      value={value}
      onChange={(event) => onChange(event.target.value)}
      onKeyDown={(event) => {
        if (event.key !== 'Escape') return;
        onChange('');
        event.currentTarget.blur();
      }}
      tail={value === '' ? <Kbd>/</Kbd> : null}
    />
  );
}

/** A filter of a toolbar: what it is about, and which of a few it lets through. */
export function FilterChoice<T extends string>({ label, value, onChange, options, id }: { label: string; value: T; onChange: (value: T) => void; options: readonly { value: T; label: string }[]; id?: string }) {
  return (
    <span className="inline-flex h-6 items-center rounded-[5px] border border-line text-sm text-muted">
      <span className="border-r border-line px-[7px] leading-[22px]" aria-hidden>
        {label}
      </span>
      <Select
        id={id}
        small
        label={label}
        value={value}
        onChange={onChange}
        options={options}
        className="h-[22px] w-auto max-w-52 rounded-l-none rounded-r-[4px] border-0 bg-transparent px-[7px] font-medium text-ink"
      />
    </span>
  );
}
