/** Undo, with what it would change said first. Where it is refused, each reason is named with its way there. */
import { useQuery } from "@tanstack/react-query";
import { Link } from "@tanstack/react-router";
import { undoImpactQuery, useUndo } from "../../api/jobs.ts";
import type { JobDetail, UndoImpact } from "../../api/types.ts";
import { groupCount } from "../../lib/money.ts";
import { Button } from "../../ui/button.tsx";
import { Dialog } from "../../ui/dialog.tsx";
import { Facts } from "../../ui/page.tsx";
import { Bone, Note, Refused } from "../../ui/states.tsx";

export function UndoDialog({ job, onClose }: { job: JobDetail; onClose: () => void }) {
  const impact = useQuery(undoImpactQuery(job.id));
  const undo = useUndo(job.id);
  const isPossible = impact.data?.possible === true;
  return (
    <Dialog
      isOpen
      onClose={onClose}
      title="Undo this import"
      footer={
        <>
          <Button onClick={onClose}>Leave it</Button>
          {isPossible && (
            <Button look="danger" isBusy={undo.isPending} onClick={() => undo.mutate(undefined, { onSuccess: onClose })}>
              Undo the import
            </Button>
          )}
        </>
      }
    >
      <div className="flex flex-col gap-4">
        {impact.data === undefined && impact.error === null && <Bone className="h-36 w-full" />}
        <Refused error={impact.error} />
        {impact.data !== undefined && <Impact impact={impact.data} />}
        <Refused error={undo.error} />
      </div>
    </Dialog>
  );
}

function Impact({ impact }: { impact: UndoImpact }) {
  return (
    <>
      {impact.possible ? (
        <p className="text-ink-2">The books go back to how they were before this import, all of it or nothing. The original file is kept.</p>
      ) : (
        <Blockers blockers={impact.blockers} />
      )}
      <Facts
        className="tabular-nums"
        facts={[
          ["Transactions removed", groupCount(impact.transactions_removed)],
          ["Kept, as other imports saw them too", groupCount(impact.transactions_kept)],
          ["Put back as they were", groupCount(impact.transactions_reverted)],
          ["Removed ones that return", groupCount(impact.transactions_restored)],
          ["Balances removed", groupCount(impact.balances_removed)],
        ]}
      />
    </>
  );
}

function Blockers({ blockers }: { blockers: UndoImpact["blockers"] }) {
  return (
    <Note tone="warn">
      <p className="font-semibold">It cannot be undone as things stand.</p>
      <ul className="mt-1.5 list-disc space-y-1 pl-4">
        {blockers.map((blocker) => (
          <li key={`${blocker.code}-${blocker.transaction_id}-${blocker.job_id}`}>
            {blocker.message}{" "}
            {blocker.transaction_id !== null && (
              <Link to="/transactions" search={{ id: blocker.transaction_id }} className="font-medium underline underline-offset-2">
                Open the transaction
              </Link>
            )}
            {blocker.transaction_id === null && blocker.job_id !== null && (
              <Link to="/imports/$jobId" params={{ jobId: blocker.job_id }} className="font-medium underline underline-offset-2">
                Open the import
              </Link>
            )}
          </li>
        ))}
      </ul>
    </Note>
  );
}
