/** The columns of the record. */
import type { FittingColumn } from '@/components/fitting';
import { When } from '@/components/Text';
import { locale, t } from '@/i18n';
import type { AuditRow } from '@/ipc';
import { About, kindWords } from './about';
import { operationWords, summaryOf } from './details';

export const auditColumns: readonly FittingColumn<AuditRow>[] = [
  { id: 'when', header: t('When'), width: '92px', least: 92, rank: 0, className: 'text-sm text-muted', cell: ({ entry }) => <When at={entry.performed_at} /> },
  { id: 'who', header: t('Who'), width: 'minmax(110px, 0.8fr)', least: 110, rank: 1, className: 'text-sm', cell: ({ entry }) => <span title={entry.performed_by}>{entry.performed_by}</span> },
  { id: 'did', header: t('Did'), width: 'minmax(116px, 0.9fr)', least: 116, rank: 0, cell: ({ entry }) => <span className="font-medium" title={entry.operation}>{operationWords(entry.operation)}</span> },
  {
    id: 'about', header: t('To'), width: 'minmax(180px, 1.5fr)', least: 180, rank: 0,
    cell: (row) => (
      <>
        {row.name !== null && <span className="mr-1.5 text-sm text-faint">{kindWords(row.entry.entity_type)}</span>}
        <About row={row} />
      </>
    ),
  },
  {
    id: 'what', header: t('What'), width: 'minmax(150px, 1.6fr)', least: 150, rank: 2, className: 'text-sm text-muted',
    cell: ({ entry }) => {
      const words = summaryOf(entry.details);
      return <span title={words}>{words}</span>;
    },
  },
  { id: 'sequence', header: t('Entry'), width: '76px', least: 76, rank: 4, align: 'right', className: 'text-sm text-faint', cell: ({ entry }) => entry.sequence.toLocaleString(locale) },
];
