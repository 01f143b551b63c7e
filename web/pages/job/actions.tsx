/** What a person may do to the whole import: approve, undo, cancel, fetch the rejects. What the role or the stage forbids is not offered. */
import { Link } from "@tanstack/react-router";
import { lazy, Suspense, useState } from "react";
import { canMove } from "../../../src/domain/status.ts";
import { isPlanChanged, rejectsHref, useApprove } from "../../api/jobs.ts";
import { useMay } from "../../api/session.ts";
import type { JobDetail } from "../../api/types.ts";
import { groupCount } from "../../lib/money.ts";
import { plural } from "../../lib/words.ts";
import { Button, buttonClass } from "../../ui/button.tsx";
import { Dialog } from "../../ui/dialog.tsx";
import { Note, Refused } from "../../ui/states.tsx";
import { Totals } from "./totals.tsx";

/** Asked for seldom, so they are loaded when they are. */
const UndoDialog = lazy(async () => ({ default: (await import("./undo-dialog.tsx")).UndoDialog }));
const ReparseDialog = lazy(async () => ({ default: (await import("./seldom-dialogs.tsx")).ReparseDialog }));
const CancelDialog = lazy(async () => ({ default: (await import("./seldom-dialogs.tsx")).CancelDialog }));

type Open = "approve" | "cancel" | "undo" | "reparse" | null;

export function JobActions({ job }: { job: JobDetail }) {
  const [open, setOpen] = useState<Open>(null);
  const mayReview = useMay("jobs:review");
  const close = () => setOpen(null);
  const isOver = job.stage === "undone" || job.stage === "cancelled";
  const isSettled = isOver || (job.job_type !== "sync" && (job.stage === "done" || job.status === "failed"));
  const mayReparse = useMay("files:upload") && job.raw_id !== null && isSettled;
  const hasRejects = job.records_failed > 0 || job.outcomes.invalid > 0;
  return (
    <>
      {hasRejects && (
        <a href={rejectsHref(job.id)} download className={buttonClass("secondary")}>
          Rejected rows as CSV
        </a>
      )}
      {mayReparse && (
        <Button look="quiet" onClick={() => setOpen("reparse")}>
          Read anew
        </Button>
      )}
      {mayReview && !isOver && (
        <>
          {canMove({ from: job.stage, to: "cancelled" }) && !(job.stage === "fetching" && job.status === "failed") && (
            <Button look="quiet" onClick={() => setOpen("cancel")}>
              Cancel import
            </Button>
          )}
          {job.stage === "done" && (
            <Button look="danger" onClick={() => setOpen("undo")}>
              Undo import
            </Button>
          )}
          {(job.stage === "in_review" || (job.stage === "importing" && job.status !== "failed")) && job.status !== "failed" && (
            <ApproveButton job={job} onOpen={() => setOpen("approve")} />
          )}
          <ApproveDialog job={job} isOpen={open === "approve"} onClose={close} />
        </>
      )}
      <Suspense>
        {mayReparse && open === "reparse" && <ReparseDialog job={job} onClose={close} />}
        {mayReview && !isOver && open === "cancel" && <CancelDialog job={job} onClose={close} />}
        {mayReview && !isOver && open === "undo" && <UndoDialog job={job} onClose={close} />}
      </Suspense>
    </>
  );
}

function ApproveButton({ job, onOpen }: { job: JobDetail; onOpen: () => void }) {
  if (job.stage === "importing") {
    return (
      <Button look="primary" isBusy>
        Booking
      </Button>
    );
  }
  const open = OPEN_OUTCOMES.find((outcome) => job.outcomes[outcome] > 0);
  if (job.undecided > 0 && open !== undefined) {
    return (
      <Link to="/imports/$jobId" params={{ jobId: job.id }} search={{ view: open }} hash="rows" replace className={buttonClass("primary")}>
        Decide {groupCount(job.undecided)} {plural(job.undecided, "row")}
      </Link>
    );
  }
  return (
    <Button look="primary" onClick={onOpen}>
      Approve
    </Button>
  );
}

/** In the order of the tabs. */
const OPEN_OUTCOMES = ["conflict", "possible_duplicate", "removal"] as const;

interface PartProps {
  job: JobDetail;
  isOpen: boolean;
  onClose: () => void;
}

function ApproveDialog({ job, isOpen, onClose }: PartProps) {
  const approve = useApprove(job.id);
  const close = () => {
    approve.reset();
    onClose();
  };
  const broken = job.statements.filter((statement) => statement.proof_ok === false).length;
  const behind = job.outcomes.unmapped + job.outcomes.invalid;
  const isStale = isPlanChanged(approve.error);
  return (
    <Dialog
      isOpen={isOpen}
      onClose={close}
      title="Approve this import"
      footer={
        <>
          <Button onClick={close}>{isStale ? "Look again" : "Not yet"}</Button>
          {!isStale && (
            <Button look="primary" isBusy={approve.isPending} onClick={() => approve.mutate(job.plan_version, { onSuccess: close })}>
              {broken > 0 ? "Approve although it does not add up" : "Approve and book"}
            </Button>
          )}
        </>
      }
    >
      <div className="flex flex-col gap-4">
        {isStale && (
          <Note tone="warn">
            The plan changed since you looked at it, and nothing was booked. Close this, look again, and approve what you then see.
          </Note>
        )}
        {broken > 0 && (
          <Note tone="bad">
            {broken === 1 ? "One statement does" : `${broken} statements do`} not add up. Booking it puts figures into the books that the bank's own
            totals contradict.
          </Note>
        )}
        <p className="text-ink-2">{planSentence(job)} You can undo it afterwards.</p>
        <Totals job={job} />
        {behind > 0 && (
          <p className="text-sm text-ink-2">
            {groupCount(behind)} {plural(behind, "row stays", "rows stay")} behind: {groupCount(job.outcomes.unmapped)} without an account,{" "}
            {groupCount(job.outcomes.invalid)} that could not be read.
          </p>
        )}
        {!isStale && <Refused error={approve.error} />}
      </div>
    </Dialog>
  );
}

function planSentence(job: JobDetail): string {
  const { new: fresh, update, duplicate } = job.outcomes;
  const parts = [`${groupCount(fresh)} new ${plural(fresh, "row")}`];
  if (update > 0) parts.push(`${groupCount(update)} ${plural(update, "update")}`);
  if (duplicate > 0) parts.push(`${groupCount(duplicate)} ${plural(duplicate, "duplicate")} noted and not booked`);
  return `${parts.join(", ")}, and each row you decided as you decided it.`;
}
