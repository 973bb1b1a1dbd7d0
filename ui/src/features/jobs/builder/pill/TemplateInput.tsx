/**
 * A line of text with expressions shown as pills. Text between pills is plain inputs, so that typing, input methods and
 * assistive tools work as everywhere; what is stored is one template string.
 */
import { Braces } from 'lucide-react';
import { useLayoutEffect, useMemo, useRef, useState, type ClipboardEvent, type KeyboardEvent, type ReactNode } from 'react';
import { t } from '@/i18n';
import type { Problem } from '@/ipc';
import { cn } from '@/lib/cn';
import { isGone } from '../model/problems';
import { search, type ScopeGroup } from '../model/scope';
import { expression, parts, type TextPart } from '../model/template';
import { Pill } from './Pill';
import { ScopePicker } from './ScopePicker';

export interface TemplateInputProps {
  value: string;
  onChange: (text: string) => void;
  onLeave?: () => void;
  /** The name that tests and problems find the field by. */
  field: string;
  label: string;
  scope: () => ScopeGroup[];
  problems?: readonly Problem[];
  invalid?: boolean;
  placeholder?: string;
  mono?: boolean;
  /** Buttons at the right end. */
  tail?: ReactNode;
}

interface Picking {
  /** The part of the text that the expression replaces. */
  from: number;
  to: number;
  query: string;
  typed: boolean;
  active: number;
}

export function TemplateInput({ value, onChange, onLeave, field, label, scope, problems = [], invalid, placeholder, mono = true, tail }: TemplateInputProps) {
  const box = useRef<HTMLDivElement>(null);
  const wanted = useRef<number | null>(null);
  const lastCaret = useRef<number | null>(null);
  const [picking, setPicking] = useState<Picking | null>(null);
  const [all, setAll] = useState(false);
  const pieces = useMemo(() => parts(value), [value]);
  const groups = picking ? search(scope(), picking.query) : [];
  const choices = groups.flatMap((group) => group.items);
  const pills = pieces.length - (pieces.length + 1) / 2;

  const focusAt = (at: number) => {
    const index = pieces.findLastIndex((p) => p.kind === 'text' && p.start <= at && at <= p.start + p.text.length);
    const piece = pieces[index];
    const input = box.current?.querySelector<HTMLInputElement>(`input[data-part="${index}"]`);
    if (!piece || !input) return;
    input.focus();
    input.setSelectionRange(at - piece.start, at - piece.start);
  };
  // Where the caret belongs is known before the inputs that will hold it exist.
  useLayoutEffect(() => {
    const at = wanted.current;
    if (at === null) return;
    wanted.current = null;
    focusAt(at);
  });

  const write = (text: string, caret: number) => {
    wanted.current = caret;
    setAll(false);
    onChange(text);
  };
  const replace = (from: number, to: number, text: string) => write(value.slice(0, from) + text + value.slice(to), from + text.length);
  const pick = (inner: string) => {
    if (picking) replace(picking.from, picking.to, expression(inner));
    setPicking(null);
  };
  const close = () => setPicking(null);

  const typedInto = (piece: TextPart, input: HTMLInputElement) => {
    const next = value.slice(0, piece.start) + input.value + value.slice(piece.start + piece.text.length);
    const at = piece.start + (input.selectionStart ?? input.value.length);
    if (parts(next).length !== pieces.length) wanted.current = at;
    setAll(false);
    onChange(next);
    if (picking?.typed) {
      const query = next.slice(picking.from, at).replace(/^\{+\s*/, '');
      if (at <= picking.from || /[{},]/.test(query)) close();
      else setPicking({ ...picking, to: at, query, active: 0 });
    } else if (input.value.length === piece.text.length + 1 && next[at - 1] === '{') {
      setPicking({ from: at - 1, to: at, query: '', typed: true, active: 0 });
    }
  };

  const onPickerKey = (event: KeyboardEvent) => {
    if (!picking) return false;
    const turn = event.key === 'ArrowDown' ? 1 : event.key === 'ArrowUp' ? -1 : 0;
    if (turn !== 0 && choices.length > 0) setPicking({ ...picking, active: (picking.active + turn + choices.length) % choices.length });
    else if (event.key === 'Enter' || (event.key === 'Tab' && picking.typed && picking.query !== '')) {
      const chosen = choices[picking.active];
      if (!chosen) return false;
      pick(chosen.inner);
    } else if (event.key === 'Escape') {
      close();
      if (!picking.typed) focusAt(picking.to);
    } else return false;
    event.preventDefault();
    event.stopPropagation();
    return true;
  };

  const onKey = (event: KeyboardEvent<HTMLInputElement>, index: number, piece: TextPart) => {
    if (picking?.typed && choices.length > 0 && onPickerKey(event)) return;
    const mod = event.ctrlKey || event.metaKey;
    if (all) {
      if (event.key === 'Backspace' || event.key === 'Delete') {
        event.preventDefault();
        write('', 0);
      } else if (event.key.length === 1 && !mod && !event.altKey) {
        event.preventDefault();
        write(event.key, event.key.length);
      } else if (!mod && event.key !== 'Shift') setAll(false);
      return;
    }
    if (mod && event.key.toLowerCase() === 'a' && pieces.length > 1) {
      event.preventDefault();
      setAll(true);
      return;
    }
    const input = event.currentTarget;
    const here = input.selectionStart === input.selectionEnd ? (input.selectionStart ?? 0) : -1;
    const before = pieces[index - 1];
    const behind = pieces[index + 1];
    const end = piece.start + piece.text.length;
    if (event.key === 'Backspace' && here === 0 && before) {
      event.preventDefault();
      replace(before.start, piece.start, '');
    } else if (event.key === 'Delete' && here === piece.text.length && behind) {
      event.preventDefault();
      replace(end, behind.start + behind.text.length, '');
    } else if (event.key === 'ArrowLeft' && here === 0 && before) {
      event.preventDefault();
      focusAt(before.start);
    } else if (event.key === 'ArrowRight' && here === piece.text.length && behind) {
      event.preventDefault();
      focusAt(behind.start + behind.text.length);
    } else if (event.key === 'Home' && index > 0) {
      event.preventDefault();
      focusAt(0);
    } else if (event.key === 'End' && index < pieces.length - 1) {
      event.preventDefault();
      focusAt(value.length);
    }
  };
  const onCopy = (event: ClipboardEvent, cut: boolean) => {
    if (!all) return;
    event.preventDefault();
    event.clipboardData.setData('text/plain', value);
    if (cut) write('', 0);
  };

  return (
    <div
      ref={box}
      data-template={field}
      data-invalid={invalid || undefined}
      role="group"
      aria-label={label}
      className={cn(
        'flex min-h-7 w-full min-w-0 items-start gap-1.5 rounded-md border border-line-control bg-raised px-2 focus-within:border-focus focus-within:shadow-[0_0_0_2px_color-mix(in_srgb,var(--focus)_22%,transparent)]',
        invalid && 'border-fail-solid',
      )}
      onPointerDown={(event) => {
        setAll(false);
        if (event.target !== event.currentTarget && !(event.target as HTMLElement).matches('[data-parts]')) return;
        event.preventDefault();
        focusAt(value.length);
      }}
      onBlur={(event) => {
        if (event.currentTarget.contains(event.relatedTarget)) return;
        setAll(false);
        if (!(event.relatedTarget as HTMLElement | null)?.closest('[data-scope-picker]')) {
          if (picking?.typed) close();
          onLeave?.();
        }
      }}
    >
      <div data-parts className={cn('flex min-w-0 flex-1 flex-wrap items-center gap-y-0.5 py-0.5', all && 'rounded-sm bg-accent-soft')}>
        {pieces.map((piece, index) =>
          piece.kind === 'expression' ? (
            <button
              key={index}
              type="button"
              tabIndex={-1}
              className="mx-0.5 inline-flex max-w-full min-w-0 rounded-sm"
              onClick={() => setPicking({ from: piece.start, to: piece.start + piece.text.length, query: '', typed: false, active: 0 })}
            >
              <span className="sr-only">{t('Change')}{' '}</span>
              <Pill inner={piece.inner} gone={isGone(piece.inner, problems, pills === 1)} />
            </button>
          ) : (
            <span
              key={index}
              className={cn('inline-grid max-w-full min-w-[3px]', index === pieces.length - 1 && 'min-w-4 flex-1', mono && 'mono')}
            >
              <span aria-hidden className="invisible col-start-1 row-start-1 h-[22px] overflow-hidden whitespace-pre">
                {piece.text}
              </span>
              <input
                data-part={index}
                data-field={index === pieces.length - 1 ? field : undefined}
                value={piece.text}
                aria-label={pieces.length === 1 ? label : t('{{label}}, text {{number}}', { label, number: index / 2 + 1 })}
                aria-invalid={invalid || undefined}
                placeholder={pieces.length === 1 ? placeholder : undefined}
                spellCheck={false}
                autoComplete="off"
                onChange={(event) => typedInto(piece, event.target)}
                onKeyDown={(event) => onKey(event, index, piece)}
                onSelect={(event) => (lastCaret.current = piece.start + (event.currentTarget.selectionStart ?? 0))}
                onCopy={(event) => onCopy(event, false)}
                onCut={(event) => onCopy(event, true)}
                onPaste={(event) => {
                  if (!all) return;
                  event.preventDefault();
                  const text = event.clipboardData.getData('text/plain');
                  write(text, text.length);
                }}
                className="col-start-1 row-start-1 h-[22px] w-0 min-w-full bg-transparent outline-none"
              />
            </span>
          ),
        )}
      </div>
      <span className="flex h-[26px] flex-none items-center gap-0.5 text-faint">
        <button
          type="button"
          data-insert={field}
          aria-label={t('Insert a value into {{label}}', { label })}
          title={t('Insert a value  {')}
          className="rounded-sm p-0.5 hover:bg-hover hover:text-ink"
          onClick={() => {
            const at = Math.min(lastCaret.current ?? value.length, value.length);
            setPicking({ from: at, to: at, query: '', typed: false, active: 0 });
          }}
        >
          <Braces className="size-3.5" aria-hidden />
        </button>
        {tail}
      </span>
      {picking && !(picking.typed && choices.length === 0) && (
        <ScopePicker
          anchor={box}
          groups={groups}
          query={picking.query}
          typed={picking.typed}
          active={picking.active}
          onActive={(active) => setPicking({ ...picking, active })}
          onQuery={(query) => setPicking({ ...picking, query, active: 0 })}
          onKey={onPickerKey}
          onPick={pick}
          onClose={close}
        />
      )}
    </div>
  );
}
