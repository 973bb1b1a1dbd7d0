/** Which columns a list shows where it is narrow: those that are missed most stay. */
import type { Column } from './DataTable';

export interface FittingColumn<Row> extends Column<Row> {
  /** The least width in pixels, with its padding. */
  least: number;
  /** 0 always stays; of the others the highest goes first. */
  rank: number;
}

const PADDING = 32;

export function fitting<Row>(columns: readonly FittingColumn<Row>[], width: number | null): FittingColumn<Row>[] {
  // Not laid out yet, or not shown.
  if (!width) return [...columns];
  const shown = new Set(columns);
  const dispensable = columns.filter((column) => column.rank > 0).sort((a, b) => b.rank - a.rank);
  for (const column of dispensable) {
    if ([...shown].reduce((sum, one) => sum + one.least, PADDING) <= width) break;
    shown.delete(column);
  }
  return columns.filter((column) => shown.has(column));
}
