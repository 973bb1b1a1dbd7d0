/** The record as a file: to be checked by anyone, or for a spreadsheet. */
import { useState } from 'react';
import { Button } from '@/components/Button';
import { Dialog } from '@/components/Dialog';
import { ErrorNotice } from '@/components/ErrorState';
import { Field } from '@/components/Field';
import { Segmented } from '@/components/Toggle';
import { toast } from '@/components/toast';
import { t } from '@/i18n';
import { invoke, type AuditFileFormat } from '@/ipc';
import { bytes } from '@/lib/format';
import { FollowedProgress } from './FollowedProgress';
import { useFollowed } from './useFollowed';

const FORMATS: Record<AuditFileFormat, { label: string; help: string }> = {
  json_lines: { label: t('JSON lines'), help: t('Anyone can compute its chain again: courier audit verify --export FILE.') },
  csv: { label: 'CSV', help: t('For a spreadsheet. Its chain cannot be checked.') },
};

export function ExportRecord({ since, until, onClose }: { since: string | null; until: string | null; onClose: () => void }) {
  const bounded = since !== null || until !== null;
  const [format, setFormat] = useState<AuditFileFormat>('json_lines');
  const [part, setPart] = useState<'all' | 'time'>(bounded ? 'time' : 'all');
  const time = part === 'time' ? { since, until } : { since: null, until: null };
  const save = useFollowed(
    async (_: void, name, channel) => {
      const path = await invoke.localPick({ kind: 'save_file', title: t('Export the record') });
      if (path === null) return null;
      return { path, size: await invoke.auditExport({ path, format, ...time }, name, channel) };
    },
    (saved) => {
      if (saved === null) return;
      toast.done(t('Record exported, {{size}}', { size: bytes(saved.size) }), saved.path);
      onClose();
    },
  );
  return (
    <Dialog
      open
      onClose={onClose}
      id="export-record-dialog"
      title={t('Export the record')}
      description={t('Oldest entry first. The file holds an unbroken piece of the chain, so only the time narrows it.')}
      footer={
        save.busy ? (
          <Button id="stop-export" onClick={save.stop}>
            {t('Stop')}
          </Button>
        ) : (
          <>
            <Button onClick={onClose}>{t('Cancel')}</Button>
            <Button id="export-record-submit" variant="primary" onClick={() => save.start()}>
              {t('Choose a file')}
            </Button>
          </>
        )
      }
    >
      <Field label={t('Format')} help={FORMATS[format].help}>
        <Segmented<AuditFileFormat>
          label={t('Format')}
          value={format}
          onChange={setFormat}
          disabled={save.busy}
          className="self-start"
          segments={(['json_lines', 'csv'] as const).map((value) => ({ value, label: FORMATS[value].label, id: `export-${value}` }))}
        />
      </Field>
      {bounded && (
        <Field label={t('What')}>
          <Segmented
            label={t('What')}
            value={part}
            onChange={setPart}
            disabled={save.busy}
            className="self-start"
            segments={[
              { value: 'time', label: t('The time of the filter') },
              { value: 'all', label: t('Everything'), id: 'export-all' },
            ]}
          />
        </Field>
      )}
      {save.busy && <FollowedProgress progress={save.progress} what={t('Exporting the record')} />}
      {save.stopped && <p role="status" className="text-sm text-muted">{t('It was stopped; no file is left.')}</p>}
      {save.error && <ErrorNotice error={save.error} />}
    </Dialog>
  );
}
