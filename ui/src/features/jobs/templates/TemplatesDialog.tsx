/** Jobs to begin with: one is taken into the builder, which says what is still to be filled in. */
import { useQuery } from '@tanstack/react-query';
import { useNavigate } from '@tanstack/react-router';
import { CalendarClock, ChevronRight, LayoutTemplate, Radar } from 'lucide-react';
import { Fragment } from 'react';
import { Button } from '@/components/Button';
import { Dialog } from '@/components/Dialog';
import { ErrorState } from '@/components/ErrorState';
import { SkeletonRows } from '@/components/Skeleton';
import { StepIcon } from '@/components/StepIcon';
import { t } from '@/i18n';
import { jobTemplatesQuery, stepTypesQuery, type JobTemplate, type StepSpec } from '@/ipc';
import { newJobs } from '../builder/handover';

export function TemplatesDialog({ onClose }: { onClose: () => void }) {
  const navigate = useNavigate();
  const templates = useQuery(jobTemplatesQuery());
  const specs = new Map(useQuery(stepTypesQuery()).data?.map((spec) => [spec.type_key, spec]));
  const take = ({ key, draft }: JobTemplate) => {
    onClose();
    void navigate({ to: '/jobs/new', search: { draft: newJobs.offer({ draft, template: key }) } });
  };
  return (
    <Dialog
      open
      onClose={onClose}
      id="templates-dialog"
      title={t('New job from a template')}
      description={t('Take one to begin with. Your servers, keys and folders are left to fill in, and the builder leads you through them.')}
      icon={<LayoutTemplate className="text-muted" />}
      width={760}
      footer={<Button onClick={onClose}>{t('Cancel')}</Button>}
    >
      {templates.isPending && <SkeletonRows label={t('Loading the templates')} rows={4} />}
      {templates.isError && <ErrorState error={templates.error} what={t('The templates')} onRetry={() => void templates.refetch()} />}
      <ul className="grid grid-cols-2 gap-3">
        {templates.data?.map((template) => (
          <li key={template.key} className="contents">
            <button
              type="button"
              data-template={template.key}
              onClick={() => take(template)}
              className="flex flex-col gap-1.5 rounded-md border border-line p-3 text-left hover:border-line-control hover:bg-hover"
            >
              <span className="font-semibold">{template.draft.name}</span>
              <span className="flex-1 text-sm text-muted">{template.draft.description}</span>
              <Steps template={template} specs={specs} />
              {template.starts && (
                <span className="inline-flex items-center gap-1 text-sm text-faint [&_svg]:size-3.5">
                  {template.starts === 'schedule' ? <CalendarClock aria-hidden /> : <Radar aria-hidden />}
                  {template.starts === 'schedule' ? t('With a schedule') : t('With a monitor of the folder')}
                </span>
              )}
            </button>
          </li>
        ))}
      </ul>
    </Dialog>
  );
}

/** What it does, at a glance. */
function Steps({ template: { draft }, specs }: { template: JobTemplate; specs: ReadonlyMap<string, StepSpec> }) {
  const steps = (draft.steps ?? []).filter(({ type_key }) => type_key !== 'flow.end' && type_key !== 'flow.else');
  return (
    <span className="mt-0.5 flex flex-wrap items-center gap-x-1 gap-y-1 text-sm text-muted">
      {steps.map(({ name, type_key }, index) => (
        <Fragment key={name}>
          {index > 0 && <ChevronRight className="size-3 flex-none text-faint" aria-hidden />}
          <span className="inline-flex items-center gap-1">
            <StepIcon name={specs.get(type_key)?.icon} className="size-3.5 flex-none text-faint" />
            {name}
          </span>
        </Fragment>
      ))}
    </span>
  );
}
