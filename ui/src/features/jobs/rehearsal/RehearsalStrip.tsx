/** What the dry run shown on the blocks came to, and the way to its details. */
import { X } from 'lucide-react';
import { Button, IconButton } from '@/components/Button';
import { StateBadge } from '@/components/State';
import { t } from '@/i18n';
import type { Rehearsal } from '@/ipc';
import { JOB_WORDS, tally, VERDICTS } from './verdicts';

export function RehearsalStrip({ rehearsal, onShow, onClose }: { rehearsal: Rehearsal; onShow: () => void; onClose: () => void }) {
  return (
    <div id="rehearsal-strip" data-verdict={rehearsal.verdict} role="status" className="flex h-10 flex-none items-center gap-3 border-b border-line bg-bg px-4 text-sm">
      <StateBadge look={VERDICTS[rehearsal.verdict]}>{JOB_WORDS[rehearsal.verdict]}</StateBadge>
      <span className="num truncate text-muted">{t('Dry run: {{tally}}. Nothing was written.', { tally: tally(rehearsal) })}</span>
      <span className="ml-auto flex flex-none items-center gap-1.5">
        <Button size="sm" id="rehearsal-show" onClick={onShow}>
          {t('Show details')}
        </Button>
        <IconButton label={t('Put the dry run away')} size="sm" onClick={onClose}>
          <X />
        </IconButton>
      </span>
    </div>
  );
}
