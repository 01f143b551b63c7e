/** What is seldom done to an import, each asked once more before it is done: reading its file anew, and cancelling it. Loaded when it is asked for. */
import { useNavigate } from "@tanstack/react-router";
import { useCancel, useReparse } from "../../api/jobs.ts";
import type { JobDetail } from "../../api/types.ts";
import { Button } from "../../ui/button.tsx";
import { Dialog } from "../../ui/dialog.tsx";
import { Refused } from "../../ui/states.tsx";

interface DialogProps {
  job: JobDetail;
  onClose: () => void;
}

export function ReparseDialog({ job, onClose }: DialogProps) {
  const reparse = useReparse(job.id);
  const navigate = useNavigate();
  const open = (made: JobDetail) => {
    onClose();
    void navigate({ to: "/imports/$jobId", params: { jobId: made.id } });
  };
  return (
    <Dialog
      isOpen
      onClose={onClose}
      title="Read anew"
      footer={
        <>
          <Button onClick={onClose}>Leave it</Button>
          <Button look="primary" isBusy={reparse.isPending} onClick={() => reparse.mutate(undefined, { onSuccess: open })}>
            Read it anew
          </Button>
        </>
      }
    >
      <p className="mb-3 text-ink-2">
        The same bytes are read by today's parser, and by what is remembered of files like this. It becomes an import of its own, which shows the
        difference to the books: rows added, removed and changed. Nothing is touched until you approve it.
      </p>
      <Refused error={reparse.error} />
    </Dialog>
  );
}

export function CancelDialog({ job, onClose }: DialogProps) {
  const cancel = useCancel(job.id);
  return (
    <Dialog
      isOpen
      onClose={onClose}
      title="Cancel this import"
      footer={
        <>
          <Button onClick={onClose}>Keep it</Button>
          <Button look="danger" isBusy={cancel.isPending} onClick={() => cancel.mutate(undefined, { onSuccess: onClose })}>
            Cancel the import
          </Button>
        </>
      }
    >
      <p className="mb-3 text-ink-2">
        Nothing of it is in the books, and nothing will be.{" "}
        {job.job_type === "sync" ? "What was fetched is kept." : "The original file is kept, and the same file may be imported again later."}
      </p>
      <Refused error={cancel.error} />
    </Dialog>
  );
}
