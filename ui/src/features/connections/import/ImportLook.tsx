/** What a file has, before anything is written: each connection with what would become of it, and which are wanted. */
import { useMutation, useQuery } from '@tanstack/react-query';
import { Import } from 'lucide-react';
import { useState } from 'react';
import { Button } from '@/components/Button';
import { Dialog } from '@/components/Dialog';
import { ErrorNotice } from '@/components/ErrorState';
import { Field } from '@/components/Field';
import { Input } from '@/components/Input';
import { SkeletonRows } from '@/components/Skeleton';
import { MiddlePath } from '@/components/Text';
import { Checkbox } from '@/components/Toggle';
import { VaultForm } from '@/features/settings/VaultForm';
import { t } from '@/i18n';
import { asAppError, importPreviewQuery, invoke, type ImportKind, type ImportPreview } from '@/ipc';
import { useSettled } from '@/lib/useSettled';
import { FoundConnections, Left } from './FoundConnections';
import type { Source } from './ImportDialog';
import { comesIn, connectionsWords, PROGRAMS, withTheirWay } from './words';

interface Props {
  source: Source;
  /** With the program whose file it was. */
  onBack: (kind: ImportKind | null) => void;
  onDone: (done: ImportPreview) => void;
  onClose: () => void;
}

export function ImportLook({ source, onBack, onDone, onClose }: Props) {
  const [withKeys, setWithKeys] = useState(false);
  const [withPasswords, setWithPasswords] = useState(false);
  const [group, setGroup] = useState('');
  // Names in the file. What was not looked at yet is wanted.
  const [unwanted, setUnwanted] = useState<ReadonlySet<string>>(new Set());
  const settled = useSettled(group.trim());
  const file = { ...source, only: [], group: settled || null, with_keys: withKeys, with_passwords: withPasswords };
  const look = useQuery(importPreviewQuery(file));
  const preview = look.data;
  const possible = preview?.connections.filter(comesIn) ?? [];
  const wanted = new Set(possible.map((one) => one.imported_from).filter((name) => !unwanted.has(name)));
  const chosen = preview ? withTheirWay(preview, wanted) : wanted;
  const number = possible.filter((one) => chosen.has(one.imported_from)).length;
  const load = useMutation({
    mutationFn: ({ digest }: ImportPreview) => invoke.importApply({ ...file, kind: preview?.kind ?? source.kind, only: [...wanted] }, digest),
    onSuccess: onDone,
    // What stood in the way is shown with what is there now.
    onError: () => look.refetch(),
  });
  const current = preview !== undefined && !look.isPlaceholderData && !look.isError && settled === group.trim();
  const program = preview && PROGRAMS[preview.kind].label;
  return (
    <Dialog
      open
      onClose={onClose}
      id="import-dialog"
      title={preview ? t('{{connections}} of {{program}}', { connections: connectionsWords(preview.connections.length), program }) : t('Import connections')}
      description={<MiddlePath text={source.path} />}
      icon={<Import className="text-muted" />}
      width={880}
      footer={
        <>
          <Button id="import-back" className="mr-auto" onClick={() => onBack(preview?.kind ?? source.kind)}>
            {t('Another file')}
          </Button>
          <Button onClick={onClose}>{t('Cancel')}</Button>
          <Button
            id="import-apply"
            variant="primary"
            disabled={!current || number === 0}
            title={current && number === 0 ? (possible.length === 0 ? t('There is nothing to import') : t('Choose a connection first')) : undefined}
            busy={load.isPending}
            onClick={() => preview && load.mutate(preview)}
          >
            {number === 0 ? t('Import') : t('Import {{connections}}', { connections: connectionsWords(number) })}
          </Button>
        </>
      }
    >
      {look.isPending && <SkeletonRows label={t('Reading the file')} rows={4} />}
      {look.isError && <ErrorNotice error={look.error} />}
      {preview && !look.isError && (
        <>
          <div className="flex items-start gap-6">
            <div className="flex flex-1 flex-col gap-2 pt-0.5">
              <Choice id="import-keys" checked={withKeys} onChange={setWithKeys} label={t('With the private keys that they name')} help={t('Files without a passphrase; they are sealed in the vault. One under a passphrase is imported on the Keys page.')} />
              {preview.kind === 'filezilla' && (
                <Choice id="import-passwords" checked={withPasswords} onChange={setWithPasswords} label={t('With the passwords that the file has in clear')} help={t('They are sealed in the vault.')} />
              )}
            </div>
            <Field label={t('Group')} className="w-60 flex-none">
              <Input id="import-group" placeholder={t('As in the file')} value={group} onChange={(event) => setGroup(event.target.value)} />
            </Field>
          </div>
          {preview.connections.length === 0 ? (
            <p id="import-empty" className="rounded-md border border-line px-3 py-4 text-center text-muted">
              {t('The file has no connection that can be imported.')}
            </p>
          ) : (
            <FoundConnections
              preview={preview}
              wanted={wanted}
              chosen={chosen}
              onWanted={(names, are) => setUnwanted((before) => new Set(are ? [...before].filter((name) => !names.includes(name)) : [...before, ...names]))}
            />
          )}
          {preview.keys.length > 0 && (
            <p id="import-brought-keys" className="text-sm text-muted">
              {t('Keys that come along: {{keys}}.', { keys: preview.keys.map(({ name, key_type }) => `${name} (${key_type})`).join(', ') })}
            </p>
          )}
          {preview.warnings.length > 0 && (
            <ul className="flex flex-col gap-1">
              {preview.warnings.map((warning, index) => (
                <Left key={index} warning={warning} />
              ))}
            </ul>
          )}
        </>
      )}
      {load.error && <ErrorNotice error={load.error} />}
      {load.error && asAppError(load.error).code === 'vault_locked' && (
        <div className="rounded-md border border-line px-3 py-3">
          <VaultForm state="locked" onDone={load.reset} />
        </div>
      )}
    </Dialog>
  );
}

function Choice({ id, checked, onChange, label, help }: { id: string; checked: boolean; onChange: (checked: boolean) => void; label: string; help: string }) {
  return (
    <label className="flex items-start gap-2">
      <Checkbox id={id} className="mt-[3px]" checked={checked} onCheckedChange={onChange} />
      <span className="flex flex-col">
        {label}
        <span className="text-sm text-muted">{help}</span>
      </span>
    </label>
  );
}
