/** Text entry: one line, numbers with a unit, secrets, several lines. Use inside `Field` for the label. */
import { Field as Base } from '@base-ui/react/field';
import { Eye, EyeOff } from 'lucide-react';
import { useState, type ComponentProps, type ReactNode } from 'react';
import { t } from '@/i18n';
import { cn } from '@/lib/cn';

export const controlClass =
  'flex w-full min-w-0 items-center gap-1.5 rounded-md border border-line-control bg-raised px-2 min-h-7 ' +
  'has-[:focus-visible]:border-focus has-[:focus-visible]:shadow-[0_0_0_2px_color-mix(in_srgb,var(--focus)_22%,transparent)] ' +
  'has-[[data-invalid]]:border-fail-solid has-[[aria-invalid=true]]:border-fail-solid has-[input:disabled]:border-line has-[input:disabled]:bg-sunken has-[input:disabled]:text-muted ' +
  'has-[input:read-only]:border-line has-[input:read-only]:bg-sunken';

export type InputProps = Omit<ComponentProps<'input'>, 'size'> & {
  /** A glyph before the text. */
  icon?: ReactNode;
  /** A unit, key hint or button after the text. */
  tail?: ReactNode;
  small?: boolean;
  /** Paths, fingerprints, patterns, host names. */
  mono?: boolean;
  boxClassName?: string;
};

export function Input({ id, icon, tail, small, mono, className, boxClassName, ...rest }: InputProps) {
  return (
    <div className={cn(controlClass, small && 'min-h-6 text-sm', boxClassName)}>
      {icon && <span className="flex-none text-faint [&_svg]:size-3.5">{icon}</span>}
      <Base.Control
        // The field's label learns the id from here.
        id={id}
        render={
          <input
            spellCheck={false}
            autoComplete="off"
            {...rest}
            className={cn('w-full min-w-0 flex-1 bg-transparent outline-none', mono && 'mono', className)}
          />
        }
      />
      {tail && <span className="ml-auto flex flex-none items-center gap-1.5 text-faint">{tail}</span>}
    </div>
  );
}

export type NumberInputProps = Omit<InputProps, 'value' | 'onChange' | 'type' | 'tail'> & {
  value: number | null;
  onChange: (value: number | null) => void;
  unit?: string | null;
};

/** Whole numbers. `null` is an empty field. */
export function NumberInput({ value, onChange, unit, ...rest }: NumberInputProps) {
  return (
    <Input
      {...rest}
      inputMode="numeric"
      className={cn('num', rest.className)}
      value={value === null ? '' : String(value)}
      onChange={(event) => {
        const digits = event.target.value.replace(/[^0-9]/g, '');
        onChange(digits === '' ? null : Number(digits));
      }}
      tail={unit}
    />
  );
}

/** A secret: hidden, shown on demand, never filled in from what is stored. */
export function SecretInput(props: InputProps) {
  const [shown, setShown] = useState(false);
  return (
    <Input
      {...props}
      type={shown ? 'text' : 'password'}
      autoComplete="new-password"
      tail={
        <button
          type="button"
          aria-label={shown ? t('Hide') : t('Show')}
          title={shown ? t('Hide') : t('Show')}
          aria-pressed={shown}
          className="rounded-sm p-0.5 hover:text-ink"
          onClick={() => setShown(!shown)}
        >
          {shown ? <EyeOff className="size-3.5" /> : <Eye className="size-3.5" />}
        </button>
      }
    />
  );
}

export function TextArea({ id, className, mono, ...rest }: ComponentProps<'textarea'> & { mono?: boolean }) {
  return (
    <div className={cn(controlClass, 'py-1')}>
      <Base.Control
        id={id}
        render={
          <textarea
            rows={3}
            spellCheck={false}
            {...rest}
            className={cn('min-h-12 w-full flex-1 resize-y bg-transparent outline-none', mono && 'mono', className)}
          />
        }
      />
    </div>
  );
}
