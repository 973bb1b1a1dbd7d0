/** Asks for the name of a new folder, or another name of what is there. */
import { useMutation } from '@tanstack/react-query';
import { useState } from 'react';
import { Button } from '@/components/Button';
import { Dialog } from '@/components/Dialog';
import { ErrorNotice } from '@/components/ErrorState';
import { Field } from '@/components/Field';
import { Input } from '@/components/Input';
import { t } from '@/i18n';

export function NameDialog({ title, label, action, initial = '', onClose, onName }: { title: string; label: string; action: string; initial?: string; onClose: () => void; onName: (name: string) => Promise<void> }) {
  const [name, setName] = useState(initial);
  const save = useMutation({ mutationFn: () => onName(name.trim()), onSuccess: onClose });
  const wrong = name.includes('/') ? t('A name has no slash.') : null;
  const ready = name.trim() !== '' && name.trim() !== initial && wrong === null;
  return (
    <Dialog
      open
      onClose={onClose}
      id="name-dialog"
      width={420}
      title={title}
      footer={
        <>
          <Button onClick={onClose}>{t('Cancel')}</Button>
          <Button id="name-save" variant="primary" disabled={!ready} busy={save.isPending} onClick={() => save.mutate()}>
            {action}
          </Button>
        </>
      }
    >
      <form
        onSubmit={(event) => {
          event.preventDefault();
          if (ready && !save.isPending) save.mutate();
        }}
      >
        <Field label={label} error={wrong} about={false}>
          <Input id="name-field" autoFocus mono value={name} onFocus={(event) => event.target.select()} onChange={(event) => setName(event.target.value)} />
        </Field>
      </form>
      {save.error && <ErrorNotice error={save.error} />}
    </Dialog>
  );
}
