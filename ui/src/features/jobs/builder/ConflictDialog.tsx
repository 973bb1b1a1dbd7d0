/** Two people changed one job: both versions beside each other, in words, and nothing lost by accident. */
import { GitCompareArrows } from 'lucide-react';
import { AlertDialog } from '@/components/Dialog';
import { Button } from '@/components/Button';
import { t } from '@/i18n';
import type { Job } from '@/ipc';
import { shortTime } from '@/lib/format';
import { useBuilder, useSpecs } from './context';
import { differences } from './model/diff';
import { fromJob } from './model/doc';

export interface ConflictDialogProps {
  theirs: Job;
  busy: boolean;
  onKeepMine: () => void;
  onTakeTheirs: () => void;
  onClose: () => void;
}

export function ConflictDialog({ theirs, busy, onKeepMine, onTakeTheirs, onClose }: ConflictDialogProps) {
  const specs = useSpecs();
  const doc = useBuilder((state) => state.doc);
  const saved = useBuilder((state) => state.saved);
  const identity = useBuilder((state) => state.identity);
  const version = useBuilder((state) => state.version);
  const same = (node: { key: string }) => identity[node.key] ?? node.key;
  const mine = differences(saved, doc, same, specs);
  const their = differences(saved, fromJob(theirs).doc, same, specs);
  return (
    <AlertDialog
      open
      onClose={onClose}
      id="conflict-dialog"
      icon={<GitCompareArrows className="text-warn" />}
      title={t('Version {{version}} was saved meanwhile', { version: theirs.current_version })}
      description={t("You began with version {{version}}. Choose which one goes on; the other stays in the job's versions or in your draft until you decide.", { version })}
      width={620}
      footer={
        <>
          <Button onClick={onClose}>{t('Decide later')}</Button>
          <Button id="take-theirs" onClick={onTakeTheirs}>
            {t('Use version {{version}}, drop mine', { version: theirs.current_version })}
          </Button>
          <Button id="keep-mine" variant="primary" busy={busy} onClick={onKeepMine}>
            {t('Save mine as version {{number}}', { number: theirs.current_version + 1 })}
          </Button>
        </>
      }
    >
      <div className="grid grid-cols-2 gap-4">
        <Side title={t('Version {{version}}', { version: theirs.current_version })} note={t('saved {{time}}', { time: shortTime(theirs.updated_at) })} lines={their} />
        <Side title={t('Your changes')} note={t('not saved')} lines={mine} />
      </div>
    </AlertDialog>
  );
}

function Side({ title, note, lines }: { title: string; note: string; lines: readonly string[] }) {
  return (
    <div className="min-w-0">
      <div className="flex items-baseline gap-2 border-b border-line pb-1">
        <span className="font-semibold">{title}</span>
        <span className="text-sm text-faint">{note}</span>
      </div>
      <ul className="mt-2 flex flex-col gap-1 text-sm">
        {lines.length === 0 && <li className="text-faint">{t('Nothing that can be seen changed.')}</li>}
        {lines.map((line) => (
          <li key={line}>{line}</li>
        ))}
      </ul>
    </div>
  );
}
