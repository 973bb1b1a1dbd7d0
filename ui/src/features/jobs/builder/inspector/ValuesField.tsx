/** Values under names. */
import { Plus } from 'lucide-react';
import { useState } from 'react';
import { Button } from '@/components/Button';
import { controlClass } from '@/components/Input';
import { t } from '@/i18n';
import type { Value } from '../model/doc';
import { TemplateInput } from '../pill/TemplateInput';
import { RemoveRow } from './RemoveRow';
import type { WidgetProps } from './widget';

/** A row while it is typed; what has no name yet is not part of the value. */
interface Row {
  name: string;
  value: Value;
}

const rowsOf = (value: Value | undefined): Row[] =>
  typeof value === 'object' && value !== null && !Array.isArray(value)
    ? Object.entries(value).map(([name, inside]) => ({ name, value: inside ?? null }))
    : [];
const valueOf = (rows: readonly Row[]) => {
  const named = rows.filter((row) => row.name !== '');
  return named.length === 0 ? undefined : Object.fromEntries(named.map((row) => [row.name, row.value]));
};
const same = (a: unknown, b: unknown) => JSON.stringify(a) === JSON.stringify(b);

export function ValuesField({ spec, value, onChange, onLeave, scope, problems, shown }: WidgetProps) {
  const [typed, setTyped] = useState<Row[]>(() => rowsOf(value));
  // An undo, or another step: what was typed here is not what is there any more.
  const rows = same(valueOf(typed), value) ? typed : rowsOf(value);
  const set = (next: Row[]) => {
    setTyped(next);
    onChange(valueOf(next));
  };
  const change = (index: number, part: Partial<Row>) => set(rows.map((row, i) => (i === index ? { ...row, ...part } : row)));
  return (
    <div className="flex flex-col gap-2" data-field={spec.name}>
      {rows.map((row, index) => {
        const mine = problems.filter((problem) => problem.path.endsWith(`.${row.name}`));
        return (
          <div key={index} className="flex items-start gap-1">
            <div className="flex min-w-0 flex-1 flex-col gap-1">
              {/* Not the field's own control: each name has a label of its own. */}
              <div className={controlClass}>
                <input
                  className="mono w-full min-w-0 flex-1 bg-transparent outline-none"
                  spellCheck={false}
                  autoComplete="off"
                  aria-label={t('Name of value {{number}}', { number: index + 1 })}
                  placeholder={t('name')}
                  value={row.name}
                  onChange={(event) => change(index, { name: event.target.value.trim() })}
                  onBlur={onLeave}
                />
              </div>
              <TemplateInput
                value={typeof row.value === 'string' ? row.value : JSON.stringify(row.value)}
                onChange={(text) => change(index, { value: text })}
                onLeave={onLeave}
                field={`${spec.name}.${row.name}`}
                label={row.name === '' ? t('Value {{number}}', { number: index + 1 }) : t('Value of {{name}}', { name: row.name })}
                scope={scope}
                problems={mine}
                invalid={shown.some((problem) => mine.includes(problem))}
                placeholder={t('value')}
              />
            </div>
            <RemoveRow label={t('Remove value {{number}}', { number: index + 1 })} onRemove={() => set(rows.filter((_, i) => i !== index))} />
          </div>
        );
      })}
      <Button variant="link" size="sm" className="self-start" data-add-line={spec.name} onClick={() => setTyped([...rows, { name: '', value: '' }])}>
        <Plus />
        {t('Add a value')}
      </Button>
    </div>
  );
}
