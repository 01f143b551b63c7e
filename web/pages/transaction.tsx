/** One transaction: what the bank said, which people cannot change; what people noted, which imports never touch; and where it all came from. */
import { useQuery } from "@tanstack/react-query";
import { Link } from "@tanstack/react-router";
import { type FormEvent, useState } from "react";
import { transactionQuery, useChangeTransaction } from "../api/books.ts";
import { useMay, usePersonName } from "../api/session.ts";
import type { Lineage, TransactionDetail } from "../api/types.ts";
import { groupCount } from "../lib/money.ts";
import { Button } from "../ui/button.tsx";
import { TextAreaField, TextField } from "../ui/field.tsx";
import { Movement } from "../ui/money.tsx";
import { Facts } from "../ui/page.tsx";
import { RawLine } from "../ui/raw-line.tsx";
import { Bone, BoneRows, Failed, Note, Refused } from "../ui/states.tsx";
import { Day, Instant } from "../ui/time.tsx";
import { Revisions } from "./transaction-revisions.tsx";
import { TransactionState } from "./transaction-state.tsx";

export function TransactionDetailView({ transactionId }: { transactionId: string }) {
  const query = useQuery(transactionQuery(transactionId));
  const mayWrite = useMay("transactions:write");
  if (query.data === undefined) {
    if (query.error !== null) return <Failed error={query.error} retry={() => void query.refetch()} />;
    return (
      <div className="flex flex-col gap-4">
        <Bone className="h-8 w-56" />
        <BoneRows rows={6} />
      </div>
    );
  }
  const transaction = query.data;
  const { raw_data: raw, lineage } = transaction;
  return (
    <article className="flex flex-col gap-6">
      <div className="flex flex-col gap-1.5">
        <div className="flex items-center justify-between gap-3">
          <p className="text-xl font-semibold">
            <Movement minor={transaction.amount_minor} currency={transaction.currency} />
          </p>
          <TransactionState transaction={transaction} />
        </div>
        <p className="break-words">{transaction.description === "" ? transaction.type_description : transaction.description}</p>
      </div>
      {transaction.deleted_at !== null && <DeletedNote transaction={transaction} />}
      <Facts
        className="text-sm"
        facts={[
          ["Account", <AccountLink key="account" transaction={transaction} />],
          ["Posted", <Day key="posted" day={transaction.posted_on} />],
          ...(transaction.value_on === null ? [] : [["Value", <Day key="value" day={transaction.value_on} />] as const]),
          ["Type", orNone(`${transaction.type_code} ${transaction.type_description}`.trim())],
          ["Bank reference", orNone(transaction.bank_reference)],
          ["Customer reference", orNone(transaction.customer_reference)],
        ]}
      />
      {mayWrite ? <Notes transaction={transaction} /> : <ReadNotes transaction={transaction} />}
      {mayWrite && <TransactionActions transaction={transaction} />}
      <Origin title="Where it came from" lineages={[lineage]} />
      <RawLine raw={raw.raw === "" ? null : raw.raw} lineStart={lineage.line_start} lineEnd={lineage.line_end} />
      <Origin title="Seen again in" lineages={transaction.sightings.filter((sighting) => sighting.statement_id !== lineage.statement_id)} />
      <Revisions transaction={transaction} />
    </article>
  );
}

function orNone(text: string | null): string {
  return text === null || text === "" ? "none" : text;
}

function AccountLink({ transaction }: { transaction: TransactionDetail }) {
  return (
    <Link
      to="/accounts/$accountId"
      params={{ accountId: transaction.account_id }}
      className="underline decoration-line-strong underline-offset-2 hover:decoration-ink"
    >
      {transaction.account_name}
    </Link>
  );
}

function DeletedNote({ transaction }: { transaction: TransactionDetail }) {
  const personName = usePersonName();
  const by = transaction.deleted_by_job_id === null ? (personName(transaction.deleted_by) ?? "a colleague") : "an import";
  return (
    <Note tone="warn">
      Deleted by {by}, <Instant at={transaction.deleted_at} />. An import does not bring it back; only a person can.
    </Note>
  );
}

function Notes({ transaction }: { transaction: TransactionDetail }) {
  const [draft, setDraft] = useState({ category: transaction.category ?? "", note: transaction.note ?? "" });
  const change = useChangeTransaction(transaction.id);
  const isChanged = draft.category !== (transaction.category ?? "") || draft.note !== (transaction.note ?? "");
  const submit = (event: FormEvent) => {
    event.preventDefault();
    change.mutate({ kind: "edit", category: emptyToNull(draft.category), note: emptyToNull(draft.note) });
  };
  return (
    <form onSubmit={submit} className="flex flex-col gap-3 rounded-lg border border-line p-4">
      <TextField label="Category" maxLength={200} value={draft.category} onChange={(event) => setDraft({ ...draft, category: event.target.value })} />
      <TextAreaField label="Note" maxLength={4000} value={draft.note} onChange={(event) => setDraft({ ...draft, note: event.target.value })} />
      <Refused error={change.error} />
      <div className="flex items-center gap-3">
        <Button type="submit" look="primary" size="small" disabled={!isChanged} isBusy={change.isPending}>
          Save
        </Button>
        <span role="status" className="text-sm text-ink-3">
          {change.isSuccess && !isChanged ? "Saved. Imports never change these two." : "Yours. Imports never change these two."}
        </span>
      </div>
    </form>
  );
}

function ReadNotes({ transaction }: { transaction: TransactionDetail }) {
  return (
    <Facts
      className="text-sm"
      facts={[
        ["Category", transaction.category ?? "none"],
        ["Note", transaction.note ?? "none"],
      ]}
    />
  );
}

function TransactionActions({ transaction }: { transaction: TransactionDetail }) {
  const change = useChangeTransaction(transaction.id);
  const [isAsking, setAsking] = useState(false);
  if (transaction.deleted_at !== null) {
    return (
      <div className="flex flex-col items-start gap-2">
        <Button isBusy={change.isPending} onClick={() => change.mutate({ kind: "restore" })}>
          Bring it back
        </Button>
        <Refused error={change.error} />
      </div>
    );
  }
  return (
    <div className="flex flex-col gap-2">
      <div className="flex flex-wrap gap-2">
        <Button
          isBusy={change.isPending && change.variables.kind === "reconcile"}
          onClick={() => change.mutate({ kind: "reconcile", reconciled: !transaction.reconciled })}
        >
          {transaction.reconciled ? "Mark as not reconciled" : "Mark as reconciled"}
        </Button>
        {!isAsking && (
          <Button look="danger" onClick={() => setAsking(true)}>
            Delete
          </Button>
        )}
        {isAsking && (
          <>
            <Button
              look="danger"
              isBusy={change.isPending && change.variables.kind === "delete"}
              onClick={() => change.mutate({ kind: "delete" }, { onSettled: () => setAsking(false) })}
            >
              Delete it from the books
            </Button>
            <Button look="quiet" onClick={() => setAsking(false)}>
              Keep it
            </Button>
          </>
        )}
      </div>
      {isAsking && <p className="text-sm text-ink-2">It stays deleted when the same line comes again, and it can be brought back here.</p>}
      <Refused error={change.error} />
    </div>
  );
}

function Origin({ title, lineages }: { title: string; lineages: readonly Lineage[] }) {
  if (lineages.length === 0) return null;
  return (
    <section className="flex flex-col gap-1.5">
      <h3 className="text-sm text-ink-3">{title}</h3>
      <ul className="flex flex-col gap-2">
        {lineages.map((lineage) => (
          <li key={`${lineage.statement_id}-${lineage.line_start}`} className="text-sm">
            <Link
              to="/imports/$jobId"
              params={{ jobId: lineage.job_id }}
              className="font-medium break-all text-accent underline-offset-2 hover:underline"
            >
              {lineage.file_name}
            </Link>
            <span className="block text-ink-2 tabular-nums">
              {lineage.line_start === lineage.line_end
                ? `line ${groupCount(lineage.line_start)}`
                : `lines ${groupCount(lineage.line_start)} to ${groupCount(lineage.line_end)}`}
              , bytes {groupCount(lineage.byte_start)} to {groupCount(lineage.byte_end)}, <Instant at={lineage.seen_at} />
            </span>
          </li>
        ))}
      </ul>
    </section>
  );
}

function emptyToNull(text: string): string | null {
  return text.trim() === "" ? null : text.trim();
}
