import type { FittingColumn } from '@/components/fitting';
import { t } from '@/i18n';
import type { Tag } from '@/ipc';
import { TagChips } from './TagChips';

interface Tagged {
  tags: readonly Tag[];
}

/** The column of tags in a list of what can carry some. */
export function tagsColumn<Row extends Tagged>(rank: number): FittingColumn<Row> {
  return { id: 'tags', header: t('Tags'), width: 'minmax(96px, 0.9fr)', least: 96, rank, cell: ({ tags }) => <TagChips tags={tags} /> };
}

/** Without the column of tags where nothing carries any. */
export function ifTagged<C extends { id: string }>(columns: readonly C[], all: readonly Tagged[]): readonly C[] {
  return all.some(({ tags }) => tags.length > 0) ? columns : columns.filter(({ id }) => id !== 'tags');
}
