/** The first question of an import: whose file, and where it is. */
import { Import } from 'lucide-react';
import { useState } from 'react';
import { BrowseButton } from '@/components/BrowseButton';
import { Button } from '@/components/Button';
import { Dialog } from '@/components/Dialog';
import { Field } from '@/components/Field';
import { Input } from '@/components/Input';
import { Segmented } from '@/components/Toggle';
import { toast } from '@/components/toast';
import { t } from '@/i18n';
import { invoke, type ImportKind, type ImportPlace } from '@/ipc';
import type { Source } from './ImportDialog';
import { KINDS, PROGRAMS } from './words';

interface Props {
  from: ImportKind;
  /** Files that lie where their programs keep them; `null` while that is looked for. */
  places: readonly ImportPlace[] | null;
  onFrom: (kind: ImportKind) => void;
  onChosen: (source: Source) => void;
  onClose: () => void;
}

export function ImportSource({ from, places, onFrom, onChosen, onClose }: Props) {
  const [typed, setTyped] = useState<Partial<Record<ImportKind, string>>>({});
  const place = places?.find(({ kind }) => kind === from)?.path;
  const path = typed[from] ?? place ?? '';
  const program = PROGRAMS[from];
  const pick = () =>
    void invoke
      .localPick({ kind: 'open_file', title: t('Connections of {{label}}', { label: program.label }) })
      .then((picked) => picked !== null && onChosen({ kind: from, path: picked }))
      .catch((error: unknown) => toast.failed(error));
  return (
    <Dialog
      open
      onClose={onClose}
      id="import-dialog"
      title={t('Import connections')}
      description={t('Take over the servers that another program knows. You see what comes in before anything is written.')}
      icon={<Import className="text-muted" />}
      width={560}
      footer={
        <>
          <Button onClick={onClose}>{t('Cancel')}</Button>
          <Button id="import-look" type="submit" form="import-source" variant="primary" disabled={path.trim() === ''} title={path.trim() === '' ? t('Choose a file first') : undefined}>
            {t('Show what is in it')}
          </Button>
        </>
      }
    >
      <form
        id="import-source"
        className="flex flex-col gap-3"
        onSubmit={(event) => {
          event.preventDefault();
          if (path.trim() !== '') onChosen({ kind: from, path: path.trim() });
        }}
      >
        <Segmented full label={t('Program')} value={from} onChange={onFrom} segments={KINDS.map((kind) => ({ value: kind, label: PROGRAMS[kind].label, id: `import-from-${kind}` }))} />
        <p className="text-sm text-muted">{program.help}</p>
        <Field label={t('File')} required help={place !== undefined && path === place ? t('Found on this computer. Another file can be chosen, or dropped here.') : t('Choose it, or drop it here.')}>
          <Input
            id="import-path"
            mono
            autoFocus
            placeholder={program.file}
            value={path}
            onChange={(event) => setTyped({ ...typed, [from]: event.target.value })}
            tail={<BrowseButton label={t('Choose a file')} onClick={pick} />}
          />
        </Field>
      </form>
    </Dialog>
  );
}
