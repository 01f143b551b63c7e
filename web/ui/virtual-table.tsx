/** A long list as a grid that draws only what is seen: sticky header, J/K or arrows to move, the next page fetched before the end. Never sorts or filters. */
// biome-ignore-all lint/a11y/useSemanticElements: rows that are placed one by one cannot be a table element's; the roles say what they are.
// biome-ignore-all lint/a11y/useFocusableInteractive: focus stays on the grid, which names the active row (aria-activedescendant).
// biome-ignore-all lint/a11y/useKeyWithClickEvents: the grid takes the keys for its rows.
import { type ColumnDef, createColumnHelper, FlexRender, type Row, tableFeatures, useTable } from "@tanstack/react-table";
import { useVirtualizer } from "@tanstack/react-virtual";
import { type CSSProperties, type KeyboardEvent, type ReactNode, type Ref, useEffect, useId, useRef } from "react";
import { useMediaQuery } from "../lib/hooks.ts";
import { groupCount } from "../lib/money.ts";
import { Button } from "./button.tsx";
import { cx } from "./cx.ts";

const features = tableFeatures({});

export const columnsOf = <T extends object>() => createColumnHelper<typeof features, T>();
export type Columns<T extends object> = ColumnDef<typeof features, T>[];

interface VirtualTableProps<T extends object> {
  label: string;
  columns: Columns<T>;
  rows: T[];
  rowId: (row: T) => string;
  /** CSS grid columns of the wide layout, one for each column. */
  template: string;
  /** Ids of columns whose figures stand right-aligned. */
  figures?: readonly string[];
  /** A row on a narrow screen. */
  renderNarrow: (row: T) => ReactNode;
  selectedId: string | null;
  onSelect: (id: string) => void;
  /** More keys for the selected row, e.g. A to accept. True: the key was used. */
  onKey?: (key: string, row: T) => boolean;
  hasMore: boolean;
  isFetchingMore: boolean;
  fetchMore: () => void;
  /** How many there are in all, where it is known. */
  total?: number | null;
  className?: string;
}

/** Close to the real heights, which are measured as rows appear. */
const WIDE_ROW_PX = 41;
const NARROW_ROW_PX = 66;
/** Twelve rows above and below: enough that a flick shows no white, few enough to draw in one frame. */
const OVERSCAN_ROWS = 12;
const FETCH_AHEAD_ROWS = 60;

export function VirtualTable<T extends object>(props: VirtualTableProps<T>) {
  const { rows, rowId, selectedId, template } = props;
  const isNarrow = useMediaQuery("(max-width: 47.99rem)");
  const gridId = useId();
  const table = useTable({ features, columns: props.columns, data: rows, getRowId: rowId });
  const models = table.getRowModel().rows;
  const selectedIndex = selectedId === null ? -1 : rows.findIndex((row) => rowId(row) === selectedId);
  const { scroller, virtual } = useVirtualRows(props, { isNarrow, selectedIndex });
  const layout: CSSProperties = { display: "grid", gridTemplateColumns: template, alignItems: "center" };
  return (
    <div className={cx("flex min-h-0 flex-col", props.className)}>
      <div
        ref={scroller}
        role="grid"
        aria-label={props.label}
        aria-rowcount={props.hasMore ? -1 : rows.length + 1}
        aria-activedescendant={selectedIndex < 0 ? undefined : `${gridId}-${selectedId}`}
        tabIndex={0}
        onKeyDown={(event) => pressKey(event, props, selectedIndex)}
        className="min-h-0 flex-1 overflow-y-auto overscroll-contain focus-visible:-outline-offset-2"
      >
        <div
          role="row"
          aria-rowindex={1}
          className={cx("sticky top-0 z-10 border-b border-line bg-sunken text-xs font-medium text-ink-3", isNarrow && "sr-only")}
          style={layout}
        >
          {table.getHeaderGroups().flatMap((group) =>
            group.headers.map((header) => (
              <span
                role="columnheader"
                key={header.id}
                className={cx("truncate px-3 py-2 first:pl-4 last:pr-4", alignOf(props.figures, header.column.id))}
              >
                <FlexRender header={header} />
              </span>
            )),
          )}
        </div>
        <div className="relative" style={{ height: virtual.getTotalSize() }}>
          {virtual.getVirtualItems().map((place) => {
            const model = models[place.index];
            if (model === undefined) return null;
            return (
              <GridRow
                key={place.key}
                ref={virtual.measureElement}
                id={`${gridId}-${model.id}`}
                index={place.index}
                isSelected={model.id === selectedId}
                onSelect={() => props.onSelect(model.id)}
                style={{ transform: `translateY(${place.start}px)`, ...(isNarrow ? {} : layout) }}
              >
                {isNarrow ? <NarrowCell>{props.renderNarrow(model.original)}</NarrowCell> : <WideCells row={model} figures={props.figures} />}
              </GridRow>
            );
          })}
        </div>
      </div>
      <TableFooter {...props} />
    </div>
  );
}

/** The window over the rows: follows the selected row, and asks for the next page before its end is seen. */
function useVirtualRows<T extends object>(props: VirtualTableProps<T>, view: { isNarrow: boolean; selectedIndex: number }) {
  const { rows, rowId, hasMore, isFetchingMore, fetchMore } = props;
  const { isNarrow, selectedIndex } = view;
  const scroller = useRef<HTMLDivElement>(null);
  const virtual = useVirtualizer({
    count: rows.length,
    getScrollElement: () => scroller.current,
    estimateSize: () => (isNarrow ? NARROW_ROW_PX : WIDE_ROW_PX),
    getItemKey: (index) => {
      const row = rows[index];
      return row === undefined ? index : rowId(row);
    },
    overscan: OVERSCAN_ROWS,
  });
  const lastSeen = virtual.getVirtualItems().at(-1)?.index ?? 0;
  useEffect(() => {
    if (hasMore && !isFetchingMore && lastSeen + FETCH_AHEAD_ROWS >= rows.length) fetchMore();
  }, [hasMore, isFetchingMore, lastSeen, rows.length, fetchMore]);
  useEffect(() => {
    if (selectedIndex >= 0) virtual.scrollToIndex(selectedIndex, { align: "auto" });
  }, [selectedIndex, virtual]);
  return { scroller, virtual };
}

const STEPS: Record<string, number> = { j: 1, J: 1, ArrowDown: 1, k: -1, K: -1, ArrowUp: -1, PageDown: 10, PageUp: -10 };

function pressKey<T extends object>(event: KeyboardEvent, props: VirtualTableProps<T>, selectedIndex: number): void {
  if (event.metaKey || event.ctrlKey || event.altKey) return;
  const { rows } = props;
  const step = STEPS[event.key];
  const current = rows[selectedIndex];
  if (step !== undefined) {
    const next = rows[selectedIndex < 0 ? 0 : Math.min(rows.length - 1, Math.max(0, selectedIndex + step))];
    if (next !== undefined) props.onSelect(props.rowId(next));
  } else if (current === undefined || props.onKey?.(event.key.toLowerCase(), current) !== true) return;
  event.preventDefault();
}

interface GridRowProps {
  ref: Ref<HTMLDivElement>;
  id: string;
  index: number;
  isSelected: boolean;
  onSelect: () => void;
  style: CSSProperties;
  children: ReactNode;
}

function GridRow({ ref, id, index, isSelected, onSelect, style, children }: GridRowProps) {
  return (
    <div
      ref={ref}
      data-index={index}
      id={id}
      role="row"
      aria-rowindex={index + 2}
      aria-selected={isSelected}
      onClick={onSelect}
      className={cx(
        "absolute inset-x-0 top-0 cursor-pointer border-b border-line text-sm",
        isSelected ? "bg-accent-soft shadow-[inset_3px_0_0_var(--accent)]" : "hover:bg-sunken",
      )}
      style={style}
    >
      {children}
    </div>
  );
}

function NarrowCell({ children }: { children: ReactNode }) {
  return (
    <div role="gridcell" className="px-4 py-2.5">
      {children}
    </div>
  );
}

function WideCells<T extends object>({ row, figures }: { row: Row<typeof features, T>; figures: readonly string[] | undefined }) {
  return row.getAllCells().map((cell) => (
    <div role="gridcell" key={cell.id} className={cx("min-w-0 truncate px-3 py-2.5 first:pl-4 last:pr-4", alignOf(figures, cell.column.id))}>
      <FlexRender cell={cell} />
    </div>
  ));
}

function TableFooter<T extends object>({ rows, hasMore, isFetchingMore, fetchMore, total }: VirtualTableProps<T>) {
  return (
    <footer className="flex min-h-9 flex-wrap items-center justify-between gap-2 border-t border-line bg-sunken px-4 py-1.5 text-xs text-ink-3">
      <span role="status">
        {groupCount(rows.length)}
        {hasMore && total != null ? ` of ${groupCount(total)}` : ""} {rows.length === 1 ? "row" : "rows"}
        {hasMore ? " loaded" : ""}
      </span>
      {hasMore && (
        <Button size="small" look="quiet" isBusy={isFetchingMore} onClick={fetchMore}>
          Load more
        </Button>
      )}
    </footer>
  );
}

function alignOf(figures: readonly string[] | undefined, columnId: string): string | false {
  return figures?.includes(columnId) === true && "text-right";
}
