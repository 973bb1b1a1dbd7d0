/** The questions before a key is retired or deleted: who uses it, and what stops. */
import { useMutation, useQuery } from '@tanstack/react-query';
import { ConfirmDialog } from '@/components/Dialog';
import { toast } from '@/components/toast';
import { keyUsesQuery } from '@/ipc';

export type KeyEnd = 'retire' | 'delete';

export function RetireDelete({
  what,
  name,
  id,
  means,
  run,
  onClose,
  onDone,
}: {
  what: KeyEnd;
  name: string;
  id: string;
  /** What stops with it, in a sentence. */
  means: string;
  run: () => Promise<unknown>;
  onClose: () => void;
  onDone: () => void;
}) {
  const uses = useQuery(keyUsesQuery(id));
  const end = useMutation({
    mutationFn: run,
    onSuccess: () => {
      toast.done(`${name} ${what === 'retire' ? 'retired' : 'deleted'}`);
      onDone();
    },
  });
  const names = [...new Set((uses.data ?? []).map((use) => use.job_name ?? use.connection_name ?? ''))];
  return (
    <ConfirmDialog
      open
      onClose={onClose}
      onConfirm={() => end.mutate()}
      title={what === 'retire' ? `Retire ${name}?` : `Delete ${name}?`}
      action={what === 'retire' ? 'Retire key' : 'Delete key'}
      busy={end.isPending}
      error={end.error}
    >
      <p>{means}</p>
      {names.length > 0 && (
        <>
          <p className="text-ink">{names.length === 1 ? 'This uses it:' : `These ${names.length} use it:`}</p>
          <ul className="list-disc pl-4">
            {names.map((use) => (
              <li key={use} className="break-words">
                {use}
              </li>
            ))}
          </ul>
        </>
      )}
      {uses.isSuccess && names.length === 0 && <p>Nothing uses it.</p>}
    </ConfirmDialog>
  );
}
