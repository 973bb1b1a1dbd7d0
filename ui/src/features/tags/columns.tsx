/** The columns of the list of tags. */
import type { FittingColumn } from '@/components/fitting';
import { When } from '@/components/Text';
import { t } from '@/i18n';
import type { TagRow } from '@/ipc';
import { Dot } from './Dot';
import { usesWords } from './words';

export const tagColumns: readonly FittingColumn<TagRow>[] = [
  {
    id: 'name', header: t('Tag'), width: 'minmax(150px, 1.2fr)', least: 150, rank: 0,
    cell: ({ tag }) => (
      <span className="flex min-w-0 items-center gap-2" title={tag.name}>
        <Dot color={tag.color} />
        <span className="truncate font-medium">{tag.name}</span>
      </span>
    ),
  },
  { id: 'category', header: t('Category'), width: 'minmax(96px, 0.7fr)', least: 96, rank: 2, className: 'text-sm text-muted', cell: ({ tag }) => <span title={tag.category ?? undefined}>{tag.category ?? '–'}</span> },
  {
    id: 'on', header: t('On'), width: 'minmax(180px, 1.6fr)', least: 180, rank: 0, className: 'text-sm',
    cell: ({ uses }) => {
      const words = usesWords(uses);
      return words === '' ? <span className="text-faint">{t('Nothing yet')}</span> : <span className="num" title={words}>{words}</span>;
    },
  },
  { id: 'notes', header: t('Notes'), width: 'minmax(140px, 1.2fr)', least: 140, rank: 3, className: 'text-sm text-muted', cell: ({ tag }) => <span title={tag.description ?? undefined}>{tag.description}</span> },
  { id: 'changed', header: t('Changed'), width: '96px', least: 96, rank: 4, align: 'right', className: 'text-sm text-muted', cell: ({ tag }) => <When at={tag.updated_at} /> },
];
