/** The job's name, what became of the draft, and the builder's actions. */
import { useQuery } from '@tanstack/react-query';
import { CalendarClock, Check, FlaskConical, History, Play, Redo2, Settings2, Undo2 } from 'lucide-react';
import { Button, IconButton, Kbd } from '@/components/Button';
import { startsWords, useStarts } from '@/features/starts/starts';
import { TagChips } from '@/features/tags/TagChips';
import { t } from '@/i18n';
import { jobQuery } from '@/ipc';
import { cn } from '@/lib/cn';
import { clock } from '@/lib/format';
import { useBuilder, useBuilderStore } from './context';
import { placeOf } from './model/problems';
import { isChanged } from './model/store';

export interface BuilderHeadProps {
  keptAt: string | null;
  saving: boolean;
  running: boolean;
  onSave: () => void;
  onRun: () => void;
  onRehearse: () => void;
  onSettings: () => void;
  onStarts: () => void;
  onVersions: () => void;
}

export function BuilderHead({ keptAt, saving, running, onSave, onRun, onRehearse, onSettings, onStarts, onVersions }: BuilderHeadProps) {
  const { undo, redo, edit } = useBuilderStore().getState();
  const name = useBuilder((state) => state.doc.name);
  const version = useBuilder((state) => state.version);
  const jobId = useBuilder((state) => state.jobId);
  const isNew = jobId === null;
  const tags = useQuery({ ...jobQuery(jobId ?? ''), enabled: !isNew }).data?.tags ?? [];
  const starts = startsWords(useStarts(isNew ? null : { type: 'job', id: jobId }));
  const changed = useBuilder(isChanged);
  const past = useBuilder((state) => state.history.past.at(-1)?.label);
  const future = useBuilder((state) => state.history.future[0]?.label);
  const errors = useBuilder((state) => state.problems.filter((problem) => problem.severity === 'error').length);
  const nameless = useBuilder((state) => state.insisted && state.problems.some((problem) => placeOf(problem.path).step === null && problem.path === 'name'));
  const savable = changed || isNew;
  const saveTitle = !savable ? t('Nothing has changed') : errors > 0 ? t('{{count}} errors to fix first. Takes you there', { count: errors }) : undefined;
  return (
    <div className="flex h-11 flex-none items-center gap-3 border-b border-line pr-3 pl-2.5">
      <h1 className="sr-only">{name || t('New job')}</h1>
      <input
        id="job-name"
        aria-label={t('Name of the job')}
        aria-invalid={nameless || undefined}
        placeholder={t('Name this job')}
        size={Math.min(40, Math.max(16, name.length))}
        value={name}
        autoFocus={isNew && name === ''}
        spellCheck={false}
        autoComplete="off"
        onChange={(event) => edit({ label: t('Rename job'), mark: 'job:name' }, (doc) => void (doc.name = event.target.value))}
        className={cn(
          'h-7 max-w-[320px] min-w-[140px] [field-sizing:content] rounded-md border border-transparent bg-transparent px-1.5 font-semibold outline-none hover:border-line focus:border-focus focus:shadow-[0_0_0_2px_color-mix(in_srgb,var(--focus)_22%,transparent)]',
          nameless && 'border-fail-solid',
        )}
      />
      {tags.length > 0 && (
        <span className="max-w-36 min-w-0 flex-none max-[1200px]:hidden">
          <TagChips tags={tags} />
        </span>
      )}
      <span className="flex min-w-0 items-center gap-3.5 overflow-hidden text-sm whitespace-nowrap text-muted">
        <button
          type="button"
          id="job-version"
          data-version={version}
          data-changed={changed || undefined}
          disabled={isNew}
          title={isNew ? undefined : t('Versions: what changed, and going back')}
          onClick={onVersions}
          className="flex h-6 items-center gap-1.5 rounded-[5px] px-1 enabled:hover:bg-hover enabled:hover:text-ink"
        >
          <History className="size-3.5 text-faint" aria-hidden />
          {isNew ? t('Not saved yet') : changed ? t('Version {{version}}, changed', { version }) : t('Version {{version}}', { version })}
        </button>
        {keptAt && (
          <span className="num flex items-center gap-1.5" title={t('Kept on this computer until you save')}>
            <Check className="size-3.5 text-faint" aria-hidden />
            {t('Draft kept {{time}}', { time: clock(keptAt).slice(0, 5) })}
          </span>
        )}
      </span>
      <span className="ml-auto flex flex-none items-center gap-1">
        <IconButton id="undo" label={past ? t('Undo: {{past}}', { past }) : t('Undo')} shortcut="Ctrl+Z" disabled={!past} onClick={undo}>
          <Undo2 />
        </IconButton>
        <IconButton id="redo" label={future ? t('Redo: {{future}}', { future }) : t('Redo')} shortcut="Ctrl+Shift+Z" disabled={!future} onClick={redo}>
          <Redo2 />
        </IconButton>
        <Button id="job-schedules" variant="ghost" disabled={isNew} title={isNew ? t('Save the job first') : t('Starts by: {{starts}}. Its schedules, monitors and dependencies', { starts })} onClick={onStarts}>
          <CalendarClock />
          {t('Schedules')}
        </Button>
        <Button id="job-settings" variant="ghost" onClick={onSettings}>
          <Settings2 />
          {t('Job settings')}
        </Button>
        <Button id="rehearse-job" title={t('What every step would do, unsaved changes included. Nothing is written')} onClick={onRehearse}>
          <FlaskConical />
          {t('Dry run')}
        </Button>
        <Button id="run-job" title="Ctrl Enter" busy={running} onClick={onRun}>
          <Play />
          {t('Run')}
        </Button>
        <Button id="save-job" variant="primary" busy={saving} disabled={!savable} title={saveTitle} onClick={onSave}>
          {t('Save version {{number}}', { number: version + 1 })}
          <Kbd onAccent={savable}>Ctrl S</Kbd>
        </Button>
      </span>
    </div>
  );
}
