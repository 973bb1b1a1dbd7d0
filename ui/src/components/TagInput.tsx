/** The tags of one thing: chips, and a field that takes known and new names. */
import { Field as Base } from '@base-ui/react/field';
import { X } from 'lucide-react';
import { useId, useState, type KeyboardEvent } from 'react';
import { t } from '@/i18n';
import { cn } from '@/lib/cn';
import { controlClass } from './Input';

export interface KnownTag {
  name: string;
  /** `#RRGGBB`. */
  color: string | null;
}

const same = (a: string, b: string) => a.toLocaleLowerCase() === b.toLocaleLowerCase();

export function TagInput({ id, names, known, onChange }: { id?: string; names: readonly string[]; known: readonly KnownTag[]; onChange: (names: string[]) => void }) {
  const [typed, setTyped] = useState('');
  const list = useId();
  const add = () => {
    const name = typed.trim();
    setTyped('');
    if (name === '' || names.some((other) => same(other, name))) return;
    onChange([...names, known.find((tag) => same(tag.name, name))?.name ?? name]);
  };
  const onKeyDown = (event: KeyboardEvent) => {
    if ((event.key === 'Enter' || event.key === ',') && typed.trim() !== '') {
      event.preventDefault();
      add();
    } else if (event.key === 'Backspace' && typed === '' && names.length > 0) onChange(names.slice(0, -1));
  };
  return (
    <div className={cn(controlClass, 'flex-wrap py-0.5')}>
      {names.map((name) => (
        <span key={name} data-tag={name} className="inline-flex h-[22px] max-w-48 items-center gap-1.5 rounded-full bg-idle-soft pr-1 pl-2 text-sm">
          <span className="size-2 flex-none rounded-full bg-idle-solid" style={{ backgroundColor: known.find((tag) => same(tag.name, name))?.color ?? undefined }} aria-hidden />
          <span className="truncate">{name}</span>
          <button type="button" aria-label={t('Remove tag {{name}}', { name })} className="rounded-full p-0.5 text-faint hover:bg-hover hover:text-ink" onClick={() => onChange(names.filter((other) => other !== name))}>
            <X className="size-3" />
          </button>
        </span>
      ))}
      <Base.Control
        id={id}
        render={
          <input
            list={list}
            spellCheck={false}
            autoComplete="off"
            placeholder={names.length === 0 ? t('None') : ''}
            value={typed}
            onChange={(event) => setTyped(event.target.value)}
            onKeyDown={onKeyDown}
            onBlur={add}
            // Room to type in, and no line of its own as long as nothing is typed.
            className={cn('flex-1 bg-transparent outline-none', names.length === 0 || typed !== '' ? 'min-w-20' : 'min-w-4')}
          />
        }
      />
      <datalist id={list}>
        {known
          .filter((tag) => !names.some((name) => same(name, tag.name)))
          .map((tag) => (
            <option key={tag.name} value={tag.name} />
          ))}
      </datalist>
    </div>
  );
}
