/** The columns of the list of files. */
import type { FittingColumn } from '@/components/fitting';
import { Sha256 } from '@/components/Sha256';
import { MiddleName, MiddlePath, When } from '@/components/Text';
import { t } from '@/i18n';
import type { FoundFile } from '@/ipc';
import { bytes } from '@/lib/format';

export const fileColumns: readonly FittingColumn<FoundFile>[] = [
  {
    id: 'name',
    header: t('Name'),
    width: 'minmax(150px, 1.1fr)',
    least: 150,
    rank: 0,
    cell: (file) => (
      <span className="flex min-w-0 font-medium whitespace-nowrap" title={file.name}>
        <MiddleName name={file.name} />
      </span>
    ),
  },
  { id: 'size', header: t('Size'), width: '76px', least: 76, rank: 0, align: 'right', className: 'text-sm', cell: (file) => bytes(file.size) },
  { id: 'path', header: t('Last seen at'), width: 'minmax(180px, 1.4fr)', least: 180, rank: 3, className: 'text-muted', cell: (file) => <MiddlePath text={file.path} /> },
  { id: 'when', header: t('When'), width: '92px', least: 92, rank: 1, align: 'right', className: 'text-sm text-muted', cell: (file) => <When at={file.last_at} /> },
  { id: 'sha256', header: 'SHA-256', width: '88px', least: 88, rank: 2, cell: (file) => <Sha256 hash={file.sha256} /> },
];
