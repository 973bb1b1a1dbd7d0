/** The questions before a key is retired or deleted: who uses it, what stops, and whether it is meant. */
import { useMutation } from '@tanstack/react-query';
import { useState } from 'react';
import { ConfirmDialog } from '@/components/Dialog';
import { Field } from '@/components/Field';
import { Input } from '@/components/Input';
import { toast } from '@/components/toast';
import { rich, t } from '@/i18n';
import { Users, useUsers } from './WhereUsed';

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
  const { names, known } = useUsers(id);
  const [typed, setTyped] = useState('');
  const end = useMutation({
    mutationFn: run,
    onSuccess: () => {
      toast.done(what === 'retire' ? t('{{name}} retired', { name }) : t('{{name}} deleted', { name }));
      onDone();
    },
  });
  const inUse = what === 'delete' && names.length > 0;
  const asksName = what === 'delete' && known && !inUse;
  const blocked = inUse ? t('It is still used') : asksName && typed.trim() !== name ? t('Type its name first') : undefined;
  return (
    <ConfirmDialog
      open
      onClose={onClose}
      onConfirm={() => end.mutate()}
      title={what === 'retire' ? t('Retire {{name}}?', { name }) : t('Delete {{name}}?', { name })}
      action={what === 'retire' ? t('Retire key') : t('Delete key')}
      blocked={blocked}
      busy={end.isPending}
      error={end.error}
    >
      <p>{means}</p>
      {names.length > 0 && (
        <>
          <p className="text-ink">
            {inUse ? t('It can be deleted when nothing uses it any more. Now it is used by:') : t('These {{count}} use it:', { count: names.length })}
          </p>
          <Users names={names} />
        </>
      )}
      {known && names.length === 0 && <p>{t('Nothing uses it.')}</p>}
      {asksName && (
        <Field label={<span className="font-normal">{rich('Type {{name}} to confirm', { name: <b className="font-medium text-ink">{name}</b> })}</span>} className="mt-1">
          <Input id="confirm-name" value={typed} onChange={(event) => setTyped(event.target.value)} />
        </Field>
      )}
    </ConfirmDialog>
  );
}
