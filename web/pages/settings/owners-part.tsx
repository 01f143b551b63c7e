/** What only an owner is offered: everything the company has as one file, and the company's end by its typed name. */
import { useQuery } from "@tanstack/react-query";
import { type FormEvent, useState } from "react";
import { EXPORT_ADDRESS, useDeleteCompany } from "../../api/company.ts";
import { sessionQuery } from "../../api/session.ts";
import { Button, buttonClass } from "../../ui/button.tsx";
import { Dialog } from "../../ui/dialog.tsx";
import { TextField } from "../../ui/field.tsx";
import { Section } from "../../ui/page.tsx";
import { Note, Refused } from "../../ui/states.tsx";

export function Export() {
  return (
    <Section title="Everything your company has">
      <div className="flex flex-wrap items-center justify-between gap-x-6 gap-y-3 px-4 py-4">
        <p className="max-w-[65ch] text-pretty text-ink-2">
          One file of JSON lines: every row of every table, then the list of your raw files with where each can be downloaded. Secrets are left out.
          That you took it is in the audit log.
        </p>
        <a href={EXPORT_ADDRESS} download="company.ndjson" className={buttonClass()}>
          Download everything
        </a>
      </div>
    </Section>
  );
}

export function End() {
  const [isOpen, setOpen] = useState(false);
  return (
    <Section title="Delete the company">
      <div className="flex flex-wrap items-center justify-between gap-x-6 gap-y-3 px-4 py-4">
        <p className="max-w-[65ch] text-pretty text-ink-2">
          Every secret is destroyed at once and everybody is signed out; then books, files and the audit log are removed. There is no way back.
          Download everything first.
        </p>
        <Button look="danger" onClick={() => setOpen(true)}>
          Delete company…
        </Button>
      </div>
      {isOpen && <EndDialog onClose={() => setOpen(false)} />}
    </Section>
  );
}

function EndDialog({ onClose }: { onClose: () => void }) {
  const session = useQuery(sessionQuery);
  const [typed, setTyped] = useState("");
  const end = useDeleteCompany();
  const name = session.data?.tenant.name ?? "";
  if (end.data !== undefined) return <Ended name={name} />;
  const submit = (event: FormEvent) => {
    event.preventDefault();
    end.mutate(typed);
  };
  return (
    <Dialog
      isOpen
      onClose={onClose}
      title={`Delete ${name}?`}
      footer={
        <>
          <Button onClick={onClose}>Leave it</Button>
          <Button look="danger" type="submit" form="end" disabled={typed.trim() !== name} isBusy={end.isPending}>
            Delete for good
          </Button>
        </>
      }
    >
      <form id="end" onSubmit={submit} className="flex flex-col gap-4">
        <Note tone="bad">
          All members lose their access now. Transactions, balances, raw files, mappings and the audit log are removed and cannot be restored.
        </Note>
        <TextField
          label="Type the company's name"
          hint={
            <>
              As it is shown: <span className="font-medium break-words text-ink">{name}</span>
            </>
          }
          required
          autoComplete="off"
          value={typed}
          onChange={(event) => setTyped(event.target.value)}
        />
        <Refused error={end.error} />
      </form>
    </Dialog>
  );
}

/** Leaves the page as a whole: whatever it holds is of a company that is no more. */
function Ended({ name }: { name: string }) {
  const leave = () => window.location.assign("/sign-in");
  return (
    <Dialog isOpen onClose={leave} title={`${name} is closed`} footer={<Button onClick={leave}>Leave</Button>}>
      <p className="text-ink-2">
        Nobody gets in any more and no secret can be opened. Its rows and files are being removed, which may take some hours.
      </p>
    </Dialog>
  );
}
