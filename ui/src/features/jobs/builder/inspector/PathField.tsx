/** One path, or several where the step takes them: typed, inserted, browsed or picked. */
import { Plus, X } from 'lucide-react';
import { useState } from 'react';
import { BrowseButton } from '@/components/BrowseButton';
import { Button } from '@/components/Button';
import { toast } from '@/components/toast';
import { DropField } from '@/features/drops/DropField';
import { invoke, type DroppedPath } from '@/ipc';
import type { Value } from '../model/doc';
import { placeOf } from '../model/problems';
import { TemplateInput } from '../pill/TemplateInput';
import type { WidgetProps } from './widget';
import { LookInside } from '@/features/archives/LookInside';
import { isOneFile } from '@/features/archives/paths';
import { t } from '@/i18n';
import { PathBrowser } from './PathBrowser';

const linesOf = (value: Value | undefined): string[] =>
  Array.isArray(value) ? value.map((item) => (typeof item === 'string' ? item : '')) : [typeof value === 'string' ? value : ''];

export function PathField(props: WidgetProps) {
  const { spec, value, onChange, connectionId } = props;
  const [browsing, setBrowsing] = useState<number | null>(null);
  const lines = linesOf(value);
  const several = spec.field_type === 'path_list';
  const remote = spec.widget === 'remote_path';
  const set = (line: number, text: string) => {
    const next = lines.map((old, i) => (i === line ? text : old));
    if (next.length === 1) onChange(next[0] === '' ? undefined : next[0]);
    else onChange(next);
  };
  const dropLine = (line: number) => {
    const next = lines.filter((_, i) => i !== line);
    onChange(next.length === 1 ? next[0] || undefined : next);
  };
  /** What was dropped on a line stands there, and after it where there is more. */
  const put = (line: number, dropped: readonly DroppedPath[]) => {
    if (several) onChange(lines.flatMap((old, i) => (i === line ? dropped.map((one) => one.pattern) : [old])));
    else if (dropped[0]) set(line, dropped[0].path);
  };
  const fromComputer = async (line: number) => {
    try {
      const path = await invoke.localPick({ kind: 'open_folder', title: spec.label });
      if (path !== null) set(line, `${path.replace(/\/+$/, '')}/`);
    } catch (error) {
      toast.failed(error);
    }
  };
  return (
    <div className="flex flex-col gap-1">
      {lines.map((text, line) => (
        <div key={line} className="flex items-start gap-1">
          <DropField label={spec.label} several={several} disabled={remote} className="flex-1" onDrop={(dropped) => put(line, dropped)}>
            <TemplateInput
              value={text}
              onChange={(next) => set(line, next)}
              onLeave={props.onLeave}
              field={line === 0 ? spec.name : `${spec.name}[${line}]`}
              label={line === 0 ? spec.label : t('{{label}}, line {{number}}', { label: spec.label, number: line + 1 })}
              scope={props.scope}
              problems={props.problems.filter((problem) => (placeOf(problem.path).line ?? 0) === line)}
              invalid={props.shown.some((problem) => (placeOf(problem.path).line ?? line) === line)}
              tail={
                <BrowseButton
                  data-browse={spec.name}
                  label={t('Browse for {{label}}', { label: spec.label })}
                  title={remote && !connectionId ? t('Choose a server first') : remote ? t('Browse the server') : t('Browse this computer  (Shift: system dialog)')}
                  disabled={remote && !connectionId}
                  onClick={(event) => (event.shiftKey && !remote ? void fromComputer(line) : setBrowsing(line))}
                />
              }
            />
          </DropField>
          {spec.name === 'archive_path' && isOneFile(text) && <LookInside path={text} className="mt-1.5" />}
          {lines.length > 1 && (
            <button
              type="button"
              aria-label={t('Remove line {{number}}', { number: line + 1 })}
              title={t('Remove')}
              className="mt-1.5 flex-none rounded-sm p-0.5 text-faint hover:bg-hover hover:text-ink"
              onClick={() => dropLine(line)}
            >
              <X className="size-3.5" aria-hidden />
            </button>
          )}
        </div>
      ))}
      {props.now}
      {several && lines.some((line) => line !== '') && (
        <Button variant="link" size="sm" className="self-start" data-add-line={spec.name} onClick={() => onChange([...lines, ''])}>
          <Plus />
          {t('Add another')}
        </Button>
      )}
      {browsing !== null && (
        <PathBrowser
          title={spec.label}
          start={startOf(lines[browsing] ?? '') || (remote ? '/' : '')}
          place={remote && connectionId ? connectionId : 'local'}
          load={(path) => (remote && connectionId ? invoke.connectionsBrowse(connectionId, path).then((folder) => folder.entries) : invoke.localBrowse(path))}
          onPick={(path) => {
            set(browsing, path);
            setBrowsing(null);
          }}
          onClose={() => setBrowsing(null)}
        />
      )}
    </div>
  );
}

/** The folder in which what is typed begins, up to the first wildcard or expression. */
function startOf(text: string): string {
  const plain = text.split(/[*?[{]/)[0] ?? '';
  return plain.slice(0, plain.lastIndexOf('/') + 1);
}
