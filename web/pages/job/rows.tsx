/** The plan row by row, a tab an outcome, with problems as the last tab. The chosen tab and row stand in the URL. */
import { useInfiniteQuery } from "@tanstack/react-query";
import { getRouteApi } from "@tanstack/react-router";
import { type ComponentProps, createContext, lazy, type ReactNode, Suspense, useCallback, useContext } from "react";
import { ALLOWED_DECISIONS, OUTCOMES } from "../../../src/domain/plan.ts";
import { jobRowsQuery, useDecide } from "../../api/jobs.ts";
import { rowsOf } from "../../api/query.ts";
import { useMay } from "../../api/session.ts";
import type { Decision, JobDetail, Outcome, PlanRow } from "../../api/types.ts";
import { useMediaQuery } from "../../lib/hooks.ts";
import { groupCount } from "../../lib/money.ts";
import { decidedWords, decisionWords, OUTCOME_WORDS } from "../../lib/words.ts";
import type { JobView } from "../../router.tsx";
import { Badge, Count } from "../../ui/badge.tsx";
import { Button } from "../../ui/button.tsx";
import { cx } from "../../ui/cx.ts";
import { Dialog } from "../../ui/dialog.tsx";
import { Movement } from "../../ui/money.tsx";
import { Section, Sheet } from "../../ui/page.tsx";
import { BoneRows, Empty, Failed, Refused } from "../../ui/states.tsx";
import { Tab, TabList } from "../../ui/tabs.tsx";
import { Day } from "../../ui/time.tsx";
import { columnsOf, VirtualTable } from "../../ui/virtual-table.tsx";
import { Problems } from "./problems.tsx";

const route = getRouteApi("/shell/imports/$jobId");

/** What asks for a decision first, then the rest. */
const TAB_ORDER: readonly Outcome[] = ["conflict", "possible_duplicate", "removal", "new", "update", "duplicate", "unmapped", "invalid"];

export function JobRows({ job }: { job: JobDetail }) {
  const { view } = route.useSearch();
  const filled = TAB_ORDER.filter((outcome) => job.outcomes[outcome] > 0);
  const problems = job.problems.error + job.problems.warning + job.problems.info;
  const chosen: JobView = view ?? filled[0] ?? (problems > 0 ? "problems" : "new");
  if (filled.length === 0 && problems === 0) return null;
  const tabs =
    OUTCOMES.some((outcome) => outcome === chosen) && !filled.some((outcome) => outcome === chosen)
      ? TAB_ORDER.filter((o) => o === chosen || filled.includes(o))
      : filled;
  return (
    <Section title="Rows" isFlush id="rows">
      <Sheet>
        <div className="border-b border-line px-1">
          <TabList label="Rows by outcome">
            {tabs.map((outcome) => (
              <Tab key={outcome} to="/imports/$jobId" params={{ jobId: job.id }} search={{ view: outcome }} isChosen={chosen === outcome}>
                {OUTCOME_WORDS[outcome].many}
                <Count tone={isOpenOutcome(outcome) && job.stage === "in_review" ? OUTCOME_WORDS[outcome].tone : "neutral"}>
                  {groupCount(job.outcomes[outcome])}
                </Count>
              </Tab>
            ))}
            <Tab to="/imports/$jobId" params={{ jobId: job.id }} search={{ view: "problems" }} isChosen={chosen === "problems"}>
              Problems
              <Count tone={job.problems.error > 0 ? "bad" : "neutral"}>{groupCount(problems)}</Count>
            </Tab>
          </TabList>
        </div>
        {chosen === "problems" ? (
          <Problems job={job} />
        ) : (
          <EndedContext value={job.stage === "undone" || job.stage === "cancelled" || job.stage === "done"}>
            <OutcomeRows key={chosen} job={job} outcome={chosen} />
          </EndedContext>
        )}
      </Sheet>
    </Section>
  );
}

/** Loaded beside the rows, whose list is there first. */
const LazyRowDetail = lazy(async () => ({ default: (await import("./row-detail.tsx")).RowDetail }));

function RowDetail(props: ComponentProps<typeof LazyRowDetail>) {
  return (
    <Suspense fallback={<BoneRows rows={6} />}>
      <LazyRowDetail {...props} />
    </Suspense>
  );
}

function isOpenOutcome(outcome: Outcome): boolean {
  return outcome === "conflict" || outcome === "possible_duplicate" || outcome === "removal";
}

function OutcomeRows({ job, outcome }: { job: JobDetail; outcome: Outcome }) {
  const { row: rowId } = route.useSearch();
  const navigate = route.useNavigate();
  const isWide = useMediaQuery("(min-width: 68rem)");
  const query = useInfiniteQuery(jobRowsQuery(job, outcome));
  const mayDecide = useMay("jobs:review") && job.stage === "in_review" && job.status !== "failed";
  const decide = useDecide(job.id);
  const { fetchNextPage } = query;
  const fetchMore = useCallback(() => void fetchNextPage(), [fetchNextPage]);
  const rows = rowsOf(query.data);
  if (query.data === undefined)
    return query.error === null ? <BoneRows rows={6} /> : <Failed error={query.error} retry={() => void query.refetch()} />;
  if (rows.length === 0) return <Empty title="None of these">This import has no rows of this kind.</Empty>;
  const select = (id: string | null) =>
    void navigate({ search: { view: outcome, ...(id === null ? {} : { row: id }) }, replace: true, resetScroll: false });
  const selected = rows.find((row) => row.row_id === rowId) ?? (isWide ? rows[0] : undefined) ?? null;
  const decideRow = (row: PlanRow, decision: Decision) => decide.mutate([{ row_id: row.row_id, decision }]);
  const press = (key: string, row: PlanRow): boolean => {
    const decision = mayDecide ? decisionOfKey(key, outcome) : null;
    if (decision === null) return false;
    decideRow(row, decision);
    const next = rows[rows.indexOf(row) + 1];
    if (next !== undefined) select(next.row_id);
    return true;
  };
  const detail =
    selected === null ? null : (
      <RowDetail row={selected} job={job} mayDecide={mayDecide} busy={decide.isPending} onDecide={(decision) => decideRow(selected, decision)} />
    );
  return (
    <>
      <OutcomeHead
        isAhead={job.stage === "in_review" || job.stage === "needs_mapping" || outcome === "unmapped" || outcome === "invalid"}
        outcome={outcome}
        count={job.outcomes[outcome]}
        mayDecide={mayDecide}
        busy={decide.isPending}
        onDecideAll={(decision) => decide.mutate({ where: { outcome }, decision })}
      >
        <Refused error={decide.error} />
      </OutcomeHead>
      <div className={cx("grid", isWide && "grid-cols-[minmax(0,1fr)_22rem]")}>
        <VirtualTable
          label={OUTCOME_WORDS[outcome].many}
          className={isWide ? "h-[34rem] max-h-[80dvh]" : "max-h-[70dvh]"}
          columns={columns}
          rows={rows}
          rowId={(row) => row.row_id}
          template={isWide ? "6.75rem minmax(0,1fr) 9rem 10.25rem" : "7rem minmax(0,1fr) 9rem 10rem"}
          figures={["amount"]}
          renderNarrow={(row) => <NarrowRow row={row} />}
          selectedId={selected?.row_id ?? null}
          onSelect={select}
          onKey={press}
          hasMore={query.hasNextPage}
          isFetchingMore={query.isFetchingNextPage}
          fetchMore={fetchMore}
          total={job.outcomes[outcome]}
        />
        {isWide && <div className="h-[34rem] max-h-[80dvh] overflow-y-auto border-l border-line px-5 py-4">{detail}</div>}
      </div>
      {!isWide && (
        <Dialog isOpen={detail !== null} onClose={() => select(null)} title={OUTCOME_WORDS[outcome].one} place="side">
          {detail}
        </Dialog>
      )}
    </>
  );
}

interface OutcomeHeadProps {
  /** Approval is still to come, or the rows stay behind. */
  isAhead: boolean;
  outcome: Outcome;
  count: number;
  mayDecide: boolean;
  busy: boolean;
  onDecideAll: (decision: Decision) => void;
  children: ReactNode;
}

function OutcomeHead({ isAhead, outcome, count, mayDecide, busy, onDecideAll, children }: OutcomeHeadProps) {
  const decisions: readonly Decision[] = ALLOWED_DECISIONS[outcome];
  const canDecideAll = mayDecide && count > 1 && decisions.length > 1;
  return (
    <div className="flex flex-col gap-2.5 border-b border-line px-4 py-3 empty:hidden">
      {isAhead && <p className="text-sm text-pretty text-ink-2">{OUTCOME_WORDS[outcome].meaning}</p>}
      {canDecideAll && (
        <div className="flex flex-wrap items-center gap-2">
          <span className="text-sm text-ink-3">All {groupCount(count)}:</span>
          {decisions.map((decision) => (
            <Button key={decision} size="small" disabled={busy} onClick={() => onDecideAll(decision)}>
              {decisionWords(outcome, decision)}
            </Button>
          ))}
          <span className="text-xs text-ink-3 max-md:hidden">
            Keys: <kbd className="font-mono">J</kbd> <kbd className="font-mono">K</kbd> move, <kbd className="font-mono">A</kbd>{" "}
            {decisionWords(outcome, decisionOfKey("a", outcome) ?? "import").toLowerCase()}, <kbd className="font-mono">S</kbd>{" "}
            {decisionWords(outcome, "skip").toLowerCase()}
          </span>
        </div>
      )}
      {children}
    </div>
  );
}

/** A accepts (for a possible duplicate: it is the same), S leaves it out. */
function decisionOfKey(key: string, outcome: Outcome): Decision | null {
  const allowed: readonly Decision[] = ALLOWED_DECISIONS[outcome];
  if (allowed.length < 2) return null;
  if (key === "s") return "skip";
  if (key !== "a") return null;
  return allowed.includes("link") ? "link" : "import";
}

const column = columnsOf<PlanRow>();
const columns = column.columns([
  column.display({ id: "posted", header: "Posted", cell: ({ row }) => <Day day={row.original.posted_on} /> }),
  column.display({ id: "text", header: "Description", cell: ({ row }) => <RowText row={row.original} /> }),
  column.display({ id: "decision", header: "Decision", cell: ({ row }) => <RowDecision row={row.original} /> }),
  column.display({
    id: "amount",
    header: "Amount",
    cell: ({ row }) => <Movement minor={row.original.amount_minor} currency={row.original.currency} />,
  }),
]);

function RowText({ row }: { row: PlanRow }) {
  return <span title={row.description}>{row.description === "" ? row.type_description : row.description}</span>;
}

/** An import that has ended decides nothing any more. */
const EndedContext = createContext(false);

function RowDecision({ row }: { row: PlanRow }) {
  const hasEnded = useContext(EndedContext);
  if (row.imported) return <span className="text-ink-2">In the books</span>;
  if (hasEnded) return <span className="text-ink-3">Not booked</span>;
  const decision = row.decision ?? row.default_decision;
  if (decision === null) return <Badge tone="warn">To decide</Badge>;
  return <span className={row.decision === null ? "text-ink-3" : "text-ink-2"}>{decidedWords(row.outcome, decision)}</span>;
}

function NarrowRow({ row }: { row: PlanRow }) {
  return (
    <div className="flex flex-col gap-0.5">
      <div className="flex items-baseline justify-between gap-3">
        <span className="min-w-0 truncate">
          <RowText row={row} />
        </span>
        <Movement minor={row.amount_minor} currency={row.currency} />
      </div>
      <div className="flex min-h-[1.375rem] items-center justify-between gap-3 text-xs text-ink-3">
        <Day day={row.posted_on} />
        <RowDecision row={row} />
      </div>
    </div>
  );
}
