/** What follows a PGP key, and moving the jobs that use the old one. */
import { useMutation, useQuery } from '@tanstack/react-query';
import { ArrowRight } from 'lucide-react';
import { useState } from 'react';
import { Button } from '@/components/Button';
import { Dialog } from '@/components/Dialog';
import { ErrorNotice } from '@/components/ErrorState';
import { Select } from '@/components/Select';
import { Skeleton } from '@/components/Skeleton';
import { toast } from '@/components/toast';
import { invoke, pgpKeysQuery, type MovedUsers, type PgpKeyRow } from '@/ipc';
import { count } from '@/lib/format';
import { InspectorSection } from './Inspector';

const NONE = 'none';

export function Successor({ row }: { row: PgpKeyRow }) {
  const { key } = row;
  const keys = useQuery(pgpKeysQuery());
  const [moving, setMoving] = useState(false);
  const set = useMutation({
    mutationFn: (id: string) => invoke.pgpKeysSetSuccessor(key.id, id === NONE ? null : id),
    onError: (error) => toast.failed(error),
  });
  const candidates = (keys.data ?? []).filter(
    (other) =>
      other.key.id !== key.id &&
      (other.key.id === key.successor_key_id ||
        ((other.key.status === 'active' || other.key.status === 'expiring') && (key.key_type === 'public_only' || other.key.key_type === 'key_pair'))),
  );
  return (
    <InspectorSection title="Successor">
      <Select
        id="key-successor"
        label="Successor"
        small
        value={key.successor_key_id ?? NONE}
        onChange={(id) => set.mutate(id)}
        disabled={set.isPending}
        options={[{ value: NONE, label: 'None' }, ...candidates.map((other) => ({ value: other.key.id, label: other.key.name }))]}
      />
      {key.successor_key_id !== null && row.uses > 0 && (
        <Button id="move-users" size="sm" className="self-start" onClick={() => setMoving(true)}>
          <ArrowRight />
          {`Move ${count(row.uses, 'use')} to it`}
        </Button>
      )}
      {moving && <MoveUsers row={row} onClose={() => setMoving(false)} />}
    </InspectorSection>
  );
}

/** Shows what would change before it does. */
function MoveUsers({ row, onClose }: { row: PgpKeyRow; onClose: () => void }) {
  const { key } = row;
  const preview = useQuery({ queryKey: ['move_preview', key.id, key.updated_at], queryFn: () => invoke.pgpKeysMovePreview(key.id), staleTime: 0 });
  const move = useMutation({
    mutationFn: () => invoke.pgpKeysMoveUsers(key.id),
    onSuccess: ({ jobs, successor }) => {
      toast.done(`${count(jobs.length, 'job')} moved to ${successor.name}`);
      onClose();
    },
  });
  const jobs = preview.data?.jobs ?? [];
  return (
    <Dialog
      open
      onClose={onClose}
      id="move-users-dialog"
      title={preview.data ? `Move jobs to ${preview.data.successor.name}` : 'Move jobs to the successor'}
      description="What protects uses the new key instead; what opens and checks uses both, so that old files stay readable. Each job gets a new version."
      footer={
        <>
          <Button onClick={onClose}>{preview.isSuccess && jobs.length === 0 ? 'Close' : 'Cancel'}</Button>
          {jobs.length > 0 && (
            <Button id="move-users-submit" variant="primary" busy={move.isPending} onClick={() => move.mutate()}>
              {`Move ${count(jobs.length, 'job')}`}
            </Button>
          )}
        </>
      }
    >
      {preview.isPending && <Skeleton className="w-56" />}
      {preview.isSuccess && jobs.length === 0 && <p className="text-muted">No job has to change: all of them use the successor already.</p>}
      {jobs.length > 0 && <Moves jobs={jobs} />}
      {(preview.error ?? move.error) && <ErrorNotice error={preview.error ?? move.error} />}
    </Dialog>
  );
}

function Moves({ jobs }: { jobs: MovedUsers['jobs'] }) {
  return (
    <ul className="flex flex-col gap-2">
      {jobs.map((job) => (
        <li key={job.id}>
          <div className="font-medium">
            {job.name} <span className="num text-sm font-normal text-muted">{`version ${job.version}`}</span>
          </div>
          <ul className="text-sm text-muted">
            {job.fields.map((field) => (
              <li key={`${field.step_name} ${field.field}`}>
                {field.step_name}: {field.change === 'replaced' ? 'instead of the old key' : 'beside the old key'}
              </li>
            ))}
          </ul>
        </li>
      ))}
    </ul>
  );
}
