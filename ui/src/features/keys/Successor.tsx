/** What follows a PGP key, and moving the jobs that use the old one. */
import { useMutation, useQuery } from '@tanstack/react-query';
import { Link } from '@tanstack/react-router';
import { CircleCheck, KeyRound } from 'lucide-react';
import { useState } from 'react';
import { Button } from '@/components/Button';
import { Dialog } from '@/components/Dialog';
import { ErrorNotice } from '@/components/ErrorState';
import { Field } from '@/components/Field';
import { InspectorSection } from '@/components/Inspector';
import { Select } from '@/components/Select';
import { Skeleton } from '@/components/Skeleton';
import { toast } from '@/components/toast';
import { t } from '@/i18n';
import { asAppError, invoke, movePreviewQuery, pgpKeysQuery, sentence, type MovedUsers, type PgpKey, type PgpKeyRow } from '@/ipc';
import { day } from '@/lib/format';

const NONE = 'none';

const life = (key: PgpKey) => (key.expires_at === null ? t('no expiry') : t('until {{day}}', { day: day(key.expires_at) }));

export function Successor({ row }: { row: PgpKeyRow }) {
  const { key } = row;
  const keys = useQuery(pgpKeysQuery());
  const [moving, setMoving] = useState(false);
  const set = useMutation({ mutationFn: (id: string) => invoke.pgpKeysSetSuccessor(key.id, id === NONE ? null : id) });
  const preview = useQuery({ ...movePreviewQuery(key.id), enabled: key.successor_key_id !== null && row.uses > 0 });
  const others = (keys.data ?? []).map((other) => other.key).filter((other) => other.id !== key.id);
  const successor = others.find((other) => other.id === key.successor_key_id);
  // Those that can do its work; whether one of them may follow it is for the host to say.
  const candidates = others.filter(
    (other) =>
      other === successor || ((other.status === 'active' || other.status === 'expiring') && (key.key_type === 'public_only' || other.key_type === 'key_pair')),
  );
  const refused = set.error ? sentence(asAppError(set.error).message) : null;
  const jobs = preview.data?.jobs.length ?? 0;
  return (
    <InspectorSection title={t('Move to a successor')}>
      <Field
        label={t('Successor')}
        error={refused}
        help={
          successor ? (
            <span className="flex items-start gap-1 text-ok">
              <CircleCheck className="mt-[3px] size-3 flex-none" aria-hidden />
              {successor.key_type === 'key_pair' ? t('Our pair, {{life}}', { life: life(successor) }) : t("A partner's public key, {{life}}", { life: life(successor) })}
            </span>
          ) : (
            t('Jobs that use this key can be moved to it.')
          )
        }
      >
        <Select
          id="key-successor"
          icon={<KeyRound />}
          value={key.successor_key_id ?? NONE}
          onChange={(id) => set.mutate(id)}
          disabled={set.isPending}
          options={[{ value: NONE, label: t('None') }, ...candidates.map((other) => ({ value: other.id, label: other.name, note: life(other) }))]}
        />
      </Field>
      {preview.isError && <p className="text-sm text-muted">{sentence(asAppError(preview.error).message)}</p>}
      {preview.isSuccess && jobs === 0 && <p className="text-sm text-muted">{t('All jobs use the successor already.')}</p>}
      {preview.isSuccess && jobs > 0 && (
        <>
          <Button id="move-users" variant="primary" onClick={() => setMoving(true)}>
            {t('Move {{count}} jobs to the successor', { count: jobs })}
          </Button>
          <p className="text-sm text-muted">{t('Makes a new version of each job. The old one can be restored.')}</p>
        </>
      )}
      {moving && <MoveUsers pgpKey={key} onClose={() => setMoving(false)} />}
    </InspectorSection>
  );
}

/** Shows what would change before it does, and afterwards what did. */
function MoveUsers({ pgpKey, onClose }: { pgpKey: PgpKey; onClose: () => void }) {
  const preview = useQuery(movePreviewQuery(pgpKey.id));
  const move = useMutation({
    mutationFn: () => invoke.pgpKeysMoveUsers(pgpKey.id),
    onSuccess: ({ jobs, successor }) => toast.done(t('{{count}} jobs moved to {{name}}', { count: jobs.length, name: successor.name })),
  });
  const shown = move.data ?? preview.data;
  const name = shown?.successor.name;
  return (
    <Dialog
      open
      onClose={onClose}
      id="move-users-dialog"
      title={move.isSuccess ? t('Moved to {{name}}', { name }) : name === undefined ? t('Move jobs to the successor') : t('Move jobs to {{name}}', { name })}
      description={
        move.isSuccess
          ? t('Each job has a new version; the old one can be restored in the job.')
          : t('What protects uses {{name}} instead of {{name2}}; what opens and checks uses both, so that old files stay readable. Each job gets a new version.', { name: name ?? t('the new key'), name2: pgpKey.name })
      }
      footer={
        move.isSuccess ? (
          <Button id="move-users-close" variant="primary" onClick={onClose}>
            {t('Close')}
          </Button>
        ) : (
          <>
            <Button onClick={onClose}>{t('Cancel')}</Button>
            <Button id="move-users-submit" variant="primary" disabled={!shown || shown.jobs.length === 0} title={shown?.jobs.length === 0 ? t('No job has to change') : undefined} busy={move.isPending} onClick={() => move.mutate()}>
              {shown ? t('Move {{count}} jobs', { count: shown.jobs.length }) : t('Move')}
            </Button>
          </>
        )
      }
    >
      {preview.isPending && <Skeleton className="w-56" />}
      {shown && <Moves jobs={shown.jobs} done={move.isSuccess} />}
      {(preview.error ?? move.error) && <ErrorNotice error={preview.error ?? move.error} />}
    </Dialog>
  );
}

function Moves({ jobs, done }: { jobs: MovedUsers['jobs']; done: boolean }) {
  return (
    <ul className="max-h-[360px] overflow-y-auto rounded-md border border-line" aria-label={done ? t('Jobs that were moved') : t('Jobs that change')}>
      {jobs.map((job) => (
        <li key={job.id} className="border-b border-grid px-3 py-2 last:border-b-0" data-moved={job.name}>
          <div className="flex items-baseline gap-2">
            {done ? (
              <Link to="/jobs/$jobId" params={{ jobId: job.id }} className="truncate font-medium text-accent-ink hover:underline" title={job.name}>
                {job.name}
              </Link>
            ) : (
              <span className="truncate font-medium" title={job.name}>
                {job.name}
              </span>
            )}
            <span className="num ml-auto flex-none text-sm text-muted">{done ? t('is now version {{version}}', { version: job.version }) : t('becomes version {{version}}', { version: job.version })}</span>
          </div>
          <ul className="text-sm text-muted">
            {job.fields.map((field) => (
              <li key={`${field.step_name} ${field.field}`} className="break-words">
                {field.change === 'replaced' ? t('{{step}}: instead of the old key', { step: field.step_name }) : t('{{step}}: beside the old key', { step: field.step_name })}
              </li>
            ))}
          </ul>
        </li>
      ))}
    </ul>
  );
}
