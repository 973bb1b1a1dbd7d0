/** Which columns a list shows where it is narrow: those that are missed most stay. */
import type { Column } from './DataTable';

export type FittingColumn<Row> = Column<Row> & Required<Pick<Column<Row>, 'least' | 'rank'>>;

const PADDING = 32;

export function fitting<C extends { least?: number; rank?: number }>(columns: readonly C[], width: number | null): C[] {
  // Not laid out yet, or not shown; or nobody said what has to stay.
  if (!width || columns.some((column) => column.least === undefined)) return [...columns];
  const shown = new Set(columns);
  const rank = (column: C) => column.rank ?? 0;
  const dispensable = columns.filter((column) => rank(column) > 0).sort((a, b) => rank(b) - rank(a));
  for (const column of dispensable) {
    if ([...shown].reduce((sum, one) => sum + (one.least ?? 0), PADDING) <= width) break;
    shown.delete(column);
  }
  return columns.filter((column) => shown.has(column));
}
