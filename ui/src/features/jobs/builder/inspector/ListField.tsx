/** Several patterns, one a line. */
import { Plus } from 'lucide-react';
import { Button } from '@/components/Button';
import { t } from '@/i18n';
import { placeOf } from '../model/problems';
import { TemplateInput } from '../pill/TemplateInput';
import { RemoveRow } from './RemoveRow';
import type { WidgetProps } from './widget';

export function ListField({ spec, value, onChange, onLeave, scope, problems, shown }: WidgetProps) {
  const lines = Array.isArray(value) ? value.map((item) => (typeof item === 'string' ? item : '')) : typeof value === 'string' ? [value] : [];
  const set = (next: string[]) => onChange(next.length === 0 ? undefined : next);
  return (
    <div className="flex flex-col gap-1">
      {lines.map((text, line) => (
        <div key={line} className="flex items-start gap-1">
          <TemplateInput
            value={text}
            onChange={(next) => set(lines.map((old, i) => (i === line ? next : old)))}
            onLeave={onLeave}
            field={line === 0 ? spec.name : `${spec.name}[${line}]`}
            label={t('{{label}}, line {{number}}', { label: spec.label, number: line + 1 })}
            scope={scope}
            problems={problems.filter((problem) => (placeOf(problem.path).line ?? 0) === line)}
            invalid={shown.some((problem) => (placeOf(problem.path).line ?? line) === line)}
            placeholder="*.tmp"
          />
          <RemoveRow label={t('Remove line {{number}}', { number: line + 1 })} onRemove={() => set(lines.filter((_, i) => i !== line))} />
        </div>
      ))}
      <Button variant="link" size="sm" className="self-start" data-add-line={spec.name} onClick={() => set([...lines, ''])}>
        <Plus />
        {t('Add a pattern')}
      </Button>
    </div>
  );
}
