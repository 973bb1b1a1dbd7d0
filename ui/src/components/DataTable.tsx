/**
 * A dense list of rows of one height, drawn only where it is seen. Keyboard: arrows move the cursor, Enter opens,
 * Space selects. The page owns rows, sorting and selection.
 */
import { useVirtualizer } from '@tanstack/react-virtual';
import { ArrowDown, ArrowUp } from 'lucide-react';
import { useCallback, useEffect, useMemo, useRef, useState, type KeyboardEvent, type ReactNode } from 'react';
import { t } from '@/i18n';
import { cn } from '@/lib/cn';
import { useKeyWords } from '@/lib/shortcuts';
import { useWidth } from '@/lib/useWidth';
import { fitting } from './fitting';
import { Checkbox } from './Toggle';

export interface Column<Row> {
  id: string;
  header: ReactNode;
  /** A CSS grid track: `178px`, `minmax(120px, 1fr)`. */
  width: string;
  align?: 'right';
  sortable?: boolean;
  className?: string;
  cell: (row: Row) => ReactNode;
  /** The least width in pixels, with its padding; a list whose columns all have one leaves out what has no room. */
  least?: number;
  /** 0 always stays; of the others the highest goes first. */
  rank?: number;
}

export interface Sort {
  column: string;
  descending: boolean;
}

export interface DataTableProps<Row> {
  label: string;
  columns: readonly Column<Row>[];
  rows: readonly Row[];
  keyOf: (row: Row) => string;
  /** What a row is called, for labels and tests. */
  nameOf: (row: Row) => string;
  /** The attribute that holds a row's name: `data-job-row`. */
  rowAttribute: `data-${string}`;
  sort?: Sort;
  onSort?: (sort: Sort) => void;
  selected?: ReadonlySet<string>;
  onSelect?: (selected: ReadonlySet<string>) => void;
  /** The one row that a panel beside shows. */
  current?: string | null;
  onOpen?: (row: Row) => void;
  /** Shown at the end of the row under the pointer or the cursor. */
  actions?: (row: Row) => ReactNode;
  dimmed?: (row: Row) => boolean;
  /** Rows of one group follow each other; the heading stands above the first. */
  groupOf?: (row: Row) => string;
  /** Called with the row under the cursor. */
  onCursor?: (row: Row | null) => void;
  onEnd?: () => void;
  footer?: ReactNode;
}

type Line<Row> = { kind: 'row'; row: Row } | { kind: 'heading'; title: string; count: number };

const WALK = [['↑ ↓', t('Row by row')], ['PgUp PgDn', t('Page by page')], ['Home End', t('To the first or the last row')]] as const;

const ROW = 32;
const HEADING = 36;

export function DataTable<Row>(props: DataTableProps<Row>) {
  const { rows, keyOf, nameOf, groupOf, selected, onSelect, onOpen, actions, onCursor, onEnd } = props;
  const scroller = useRef<HTMLDivElement>(null);
  const [measure, width] = useWidth<HTMLDivElement>();
  const place = useCallback((element: HTMLDivElement) => {
    scroller.current = element;
    return measure(element);
  }, [measure]);
  const columns = useMemo(() => fitting(props.columns, width), [props.columns, width]);
  useKeyWords(t('In the list'), [...WALK, ...(onOpen ? [['Enter', t('Open the row under the cursor')] as const] : []), ...(onSelect ? [['Space', t('Select it, or no longer')] as const] : [])]);
  const [cursor, setCursor] = useState<string | null>(null);
  const tracks = [...(onSelect ? ['38px'] : []), ...columns.map((column) => column.width)].join(' ');

  const lines = useMemo(() => {
    const all: Line<Row>[] = [];
    let group: string | null = null;
    for (const row of rows) {
      const title = groupOf?.(row);
      if (title !== undefined && title !== group) {
        group = title;
        all.push({ kind: 'heading', title, count: rows.filter((other) => groupOf?.(other) === title).length });
      }
      all.push({ kind: 'row', row });
    }
    return all;
  }, [rows, groupOf]);

  const virtual = useVirtualizer({
    count: lines.length,
    getScrollElement: () => scroller.current,
    estimateSize: (index) => (lines[index]?.kind === 'heading' ? HEADING : ROW),
    overscan: 12,
  });
  const items = virtual.getVirtualItems();

  const lastShown = items.at(-1)?.index ?? -1;
  useEffect(() => {
    if (lastShown >= 0 && lastShown >= lines.length - 8) onEnd?.();
  }, [lastShown, lines.length, onEnd]);

  const keys = useMemo(() => rows.map(keyOf), [rows, keyOf]);
  const move = (to: number) => {
    const index = Math.max(0, Math.min(rows.length - 1, to));
    const row = rows[index];
    if (!row) return;
    setCursor(keyOf(row));
    onCursor?.(row);
    virtual.scrollToIndex(lines.findIndex((line) => line.kind === 'row' && line.row === row));
  };
  const toggle = (key: string, on: boolean) => {
    const next = new Set(selected);
    if (on) next.add(key);
    else next.delete(key);
    onSelect?.(next);
  };

  const onKeyDown = (event: KeyboardEvent) => {
    const target = event.target as HTMLElement;
    // What floats above the page bubbles here too, though it is not in the table.
    if (!event.currentTarget.contains(target)) return;
    if (!target.matches('[role=grid], [role=row]') || event.ctrlKey || event.metaKey || event.altKey) return;
    const at = cursor === null ? -1 : keys.indexOf(cursor);
    const row = at >= 0 ? rows[at] : undefined;
    const handlers: Record<string, () => void> = {
      ArrowDown: () => move(at + 1),
      ArrowUp: () => move(at < 0 ? 0 : at - 1),
      Home: () => move(0),
      End: () => move(rows.length - 1),
      PageDown: () => move(at + 15),
      PageUp: () => move(at - 15),
      Enter: () => row && onOpen?.(row),
      ' ': () => row && onSelect && toggle(keyOf(row), !selected?.has(keyOf(row))),
    };
    const handle = handlers[event.key];
    if (!handle) return;
    event.preventDefault();
    handle();
  };

  const someSelected = selected !== undefined && selected.size > 0;
  const allSelected = someSelected && keys.every((key) => selected.has(key));
  const domId = (key: string) => `row-${key}`;

  return (
    <div role="grid" aria-label={props.label} aria-rowcount={rows.length + 1} aria-multiselectable={onSelect ? true : undefined}
      tabIndex={0}
      aria-activedescendant={cursor === null ? undefined : domId(cursor)}
      className="flex min-h-0 flex-1 flex-col focus-visible:outline-2 focus-visible:-outline-offset-2"
      onKeyDown={onKeyDown}
    >
      <div role="rowgroup" className="flex-none pr-[var(--scrollbar,0px)]">
        <div role="row" className="grid h-7 items-center border-b border-line px-4 text-sm font-medium text-faint [&>*]:px-2 [&>*:first-child]:pl-0 [&>*:last-child]:pr-0" style={{ gridTemplateColumns: tracks }}>
          {onSelect && (
            <div role="columnheader" className="flex">
              <Checkbox
                aria-label={t('Select all')}
                checked={allSelected}
                indeterminate={someSelected && !allSelected}
                onCheckedChange={(on) => onSelect(on ? new Set(keys) : new Set())}
              />
            </div>
          )}
          {columns.map((column) => (
            <Head key={column.id} column={column} sort={props.sort} onSort={props.onSort} />
          ))}
        </div>
      </div>
      <div
        ref={place}
        role="rowgroup"
        className="min-h-0 flex-1 overflow-y-auto"
      >
        <div role="presentation" className="relative w-full" style={{ height: virtual.getTotalSize() }}>
          {items.map((item) => {
            const line = lines[item.index];
            if (!line) return null;
            const place = { transform: `translateY(${item.start}px)`, height: item.size };
            if (line.kind === 'heading') {
              return (
                <div key={`heading-${line.title}`} role="row" className="absolute inset-x-0 top-0 flex items-end border-b border-grid px-4 pb-1.5 font-semibold" style={place}>
                  <div role="gridcell" aria-colspan={columns.length}>
                    {line.title}
                    <span className="num ml-2 text-xs font-medium text-faint">{line.count}</span>
                  </div>
                </div>
              );
            }
            const { row } = line;
            const key = keyOf(row);
            const isSelected = selected?.has(key) ?? false;
            const isCurrent = props.current === key;
            return (
              <div
                key={key}
                id={domId(key)}
                role="row"
                tabIndex={-1}
                aria-rowindex={keys.indexOf(key) + 2}
                aria-selected={onSelect ? isSelected : isCurrent}
                {...{ [props.rowAttribute]: nameOf(row) }}
                style={{ ...place, gridTemplateColumns: tracks }}
                className={cn(
                  'group absolute inset-x-0 top-0 grid items-center border-b border-grid bg-bg px-4 outline-none hover:bg-hover [&>*]:min-w-0 [&>*]:truncate [&>*]:px-2 [&>*:first-child]:pl-0 [&>*:last-child]:pr-0',
                  cursor === key && 'bg-hover shadow-[inset_2px_0_0_var(--accent)]',
                  (isSelected || isCurrent) && 'bg-selected hover:bg-selected',
                  props.dimmed?.(row) && 'text-faint',
                )}
                onClick={(event) => {
                  // What floats above the page bubbles here too, though it is not in the row.
                  if (!event.currentTarget.contains(event.target as Node)) return;
                  setCursor(key);
                  onCursor?.(row);
                  if ((event.target as HTMLElement).closest('button, a, [role=checkbox], label')) return;
                  if (onSelect && (event.ctrlKey || event.metaKey)) toggle(key, !isSelected);
                  else onOpen?.(row);
                }}
              >
                {onSelect && (
                  <div role="gridcell" className="flex h-full items-center">
                    <Checkbox aria-label={t('Select {{name}}', { name: nameOf(row) })} checked={isSelected} onCheckedChange={(on) => toggle(key, on)} />
                  </div>
                )}
                {columns.map((column) => (
                  <div key={column.id} role="gridcell" className={cn(column.align === 'right' && 'num text-right', column.className)}>
                    {column.cell(row)}
                  </div>
                ))}
                {actions && (
                  <div
                    role="gridcell"
                    className={cn(
                      'absolute inset-y-0 right-0 flex items-center gap-1 overflow-visible! bg-inherit pr-4! opacity-0 group-focus-within:opacity-100 group-hover:opacity-100 has-[[data-popup-open]]:opacity-100',
                      cursor === key && 'opacity-100',
                    )}
                  >
                    {actions(row)}
                  </div>
                )}
              </div>
            );
          })}
        </div>
        {props.footer}
      </div>
    </div>
  );
}

function Head<Row>({ column, sort, onSort }: { column: Column<Row>; sort: Sort | undefined; onSort: ((sort: Sort) => void) | undefined }) {
  const sorted = sort?.column === column.id;
  const direction = sort?.descending ? 'descending' : 'ascending';
  return (
    <div role="columnheader" aria-sort={sorted ? direction : undefined} className={cn('truncate', column.align === 'right' && 'text-right')}>
      {column.sortable && onSort ? (
        <button
          type="button"
          data-sort={column.id}
          className="inline-flex items-center gap-1 rounded-sm hover:text-ink"
          onClick={() => onSort({ column: column.id, descending: sorted ? !sort.descending : false })}
        >
          {column.header}
          {sorted && (sort.descending ? <ArrowDown className="size-3" aria-hidden /> : <ArrowUp className="size-3" aria-hidden />)}
        </button>
      ) : (
        column.header
      )}
    </div>
  );
}
