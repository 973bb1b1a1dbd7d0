/** All jobs: is it fine, when did it last run, what moved. */
import { useQuery } from '@tanstack/react-query';
import { useNavigate } from '@tanstack/react-router';
import { LayoutTemplate, Plus } from 'lucide-react';
import { useMemo, useState } from 'react';
import { useCrumbs } from '@/app/chrome';
import { Button, Kbd } from '@/components/Button';
import { DataTable, type Sort } from '@/components/DataTable';
import { ListFrame } from '@/components/ListFrame';
import { FilterChoice, FilterInput } from '@/components/FilterInput';
import { StatusBar, Toolbar } from '@/components/Page';
import { ifTagged } from '@/features/tags/tagsColumn';
import { t } from '@/i18n';
import { jobsQuery, schedulesQuery } from '@/ipc';
import { useShortcuts } from '@/lib/shortcuts';
import { useAddress, useChoice, useSorting, useText } from '@/lib/useFilters';
import { useAskedInAddress } from '@/lib/useAskedInAddress';
import { DeleteJobs } from './DeleteJobs';
import { JobsEmpty } from './JobsEmpty';
import { JobRowActions } from './JobRowActions';
import { JobsBulkBar } from './JobsBulkBar';
import { jobColumns } from './columns';
import { isShown, sortJobs, STATE_FILTERS, tagsOf, withNextRun, type ListedJob } from './listing';
import { JobRehearsal } from './rehearsal/JobRehearsal';
import { StartsDialog } from './StartsDialog';
import { TemplatesDialog } from './templates/TemplatesDialog';
import { useRunJob } from './useRunJob';
import { VersionsDialog } from './versions/VersionsDialog';

const ANY_TAG = 'any';
const BY_NAME: Sort = { column: 'name', descending: false };

/** `tag` is the id of the tag whose jobs are shown; `make` asks for the templates. */
export function JobsPage({ tag, make }: { tag: string | null; make: 'template' | null }) {
  useCrumbs({ label: t('Jobs') });
  const navigate = useNavigate();
  const jobs = useQuery(jobsQuery());
  // Without them the list is as good, only without the next runs.
  const { data: schedules } = useQuery(schedulesQuery());
  const run = useRunJob();
  const [text, setText] = useText();
  const [state, setState] = useChoice('state', STATE_FILTERS, 'any');
  const [sort, setSort] = useSorting(BY_NAME);
  const [, change] = useAddress();
  const [selected, setSelected] = useState<ReadonlySet<string>>(new Set());
  const [cursor, setCursor] = useState<ListedJob | null>(null);
  const [deleting, setDeleting] = useState<readonly ListedJob[] | null>(null);
  const [rehearsed, setRehearsed] = useState<ListedJob | null>(null);
  const [starts, setStarts] = useState<ListedJob | null>(null);
  const [versions, setVersions] = useState<ListedJob | null>(null);
  const [templates, setTemplates] = useState(false);
  const all = useMemo(() => withNextRun(jobs.data ?? [], schedules ?? []), [jobs.data, schedules]);
  const rows = useMemo(() => sortJobs(all.filter((job) => isShown(job, text, state, tag)), sort), [all, text, state, tag, sort]);
  const chosen = useMemo(() => all.filter((job) => selected.has(job.id)), [all, selected]);

  const tags = useMemo(() => tagsOf(all), [all]);
  const showTag = (id: string) => change({ tag: id === ANY_TAG ? undefined : id });

  const create = () => void navigate({ to: '/jobs/new' });
  const fromTemplate = () => setTemplates(true);
  useAskedInAddress(make, fromTemplate, () => change({ make: undefined }));
  const open = (job: ListedJob) => void navigate({ to: '/jobs/$jobId', params: { jobId: job.id } });
  useShortcuts({
    n: { does: t('New job'), act: create },
    'shift+n': { does: t('New job from a template'), act: fromTemplate },
    r: { does: t('Run the jobs that are selected, or the one under the cursor'), act: () => (chosen.length > 0 ? chosen.forEach((job) => run.mutate(job)) : cursor && run.mutate(cursor)) },
    Delete: { does: t('Delete them'), act: () => setDeleting(chosen.length > 0 ? chosen : cursor ? [cursor] : null) },
    Escape: { does: t('Select none'), act: () => setSelected(new Set()) },
  });

  const gallery = templates && <TemplatesDialog onClose={() => setTemplates(false)} />;
  if (jobs.isSuccess && jobs.data.length === 0) {
    return (
      <>
        <JobsEmpty onNew={create} onTemplate={fromTemplate} />
        {gallery}
      </>
    );
  }
  return (
    <>
      <h1 className="sr-only">{t('Jobs')}</h1>
      <Toolbar>
        <FilterInput value={text} onChange={setText} placeholder={t('Filter by name')} />
        <FilterChoice id="state-filter" label={t('State')} value={state} onChange={setState} options={STATE_FILTERS} />
        {(tags.length > 0 || tag !== null) && (
          <FilterChoice
            id="tag-filter"
            label={t('Tag')}
            value={tag ?? ANY_TAG}
            onChange={showTag}
            options={[
              { value: ANY_TAG, label: t('any') },
              ...tags.map(({ id, name }) => ({ value: id, label: name })),
              ...(tag === null || tags.some(({ id }) => id === tag) ? [] : [{ value: tag, label: t('one that no job has') }]),
            ]}
          />
        )}
        <Button id="from-template" className="ml-auto" title="Shift N" onClick={fromTemplate}>
          <LayoutTemplate />
          {t('From a template')}
        </Button>
        <Button id="new-job" variant="primary" onClick={create}>
          <Plus />
          {t('New job')}
          <Kbd onAccent>N</Kbd>
        </Button>
      </Toolbar>
      <div className="flex min-h-0 flex-1 flex-col">
        <ListFrame
          of={jobs}
          loading={t('Loading the jobs')}
          failed={t('The jobs')}
          rows={rows.length}
          nothing={t('No job fits the filter.')}
          all={t('Show all jobs')}
          onAll={() => {
            setText('');
            setState('any');
            showTag(ANY_TAG);
          }}
        >
          <DataTable
            label={t('Jobs')}
            columns={ifTagged(jobColumns, all)}
            rows={rows}
            keyOf={keyOf}
            nameOf={nameOf}
            rowAttribute="data-job-row"
            sort={sort}
            onSort={setSort}
            selected={selected}
            onSelect={setSelected}
            onOpen={open}
            onCursor={setCursor}
            dimmed={(job) => !job.is_enabled}
            actions={(job) => <JobRowActions job={job} onRehearse={() => setRehearsed(job)} onStarts={() => setStarts(job)} onVersions={() => setVersions(job)} onDelete={() => setDeleting([job])} />}
          />
        </ListFrame>
      </div>
      {chosen.length > 0 && <JobsBulkBar jobs={chosen} onClear={() => setSelected(new Set())} onDelete={() => setDeleting(chosen)} />}
      <StatusBar hints={[['Space', t('Select')], ['R', t('Run')], ['Enter', t('Open')], ['/', t('Filter')]]}>
        {jobs.isSuccess ? t('{{count}} of {{number}} shown', { count: rows.length, number: jobs.data.length }) : ''}
      </StatusBar>
      {rehearsed && <JobRehearsal job={rehearsed} onClose={() => setRehearsed(null)} />}
      {starts && <StartsDialog job={starts} onClose={() => setStarts(null)} />}
      {gallery}
      {versions && <VersionsDialog job={versions} onClose={() => setVersions(null)} />}
      {deleting && deleting.length > 0 && (
        <DeleteJobs
          jobs={deleting}
          onClose={() => setDeleting(null)}
          onDone={() => {
            setDeleting(null);
            setSelected(new Set());
          }}
        />
      )}
    </>
  );
}

const keyOf = (job: ListedJob) => job.id;
const nameOf = (job: ListedJob) => job.name;
