/** A new account of yours. Its number is sent once and only its last four digits are ever shown again. */
import { useState } from "react";
import { type NewAccount, useCreateAccount } from "../api/books.ts";
import type { Account } from "../api/types.ts";
import { SelectField, TextField } from "../ui/field.tsx";
import { FormDialog } from "../ui/form-dialog.tsx";

interface NewAccountDialogProps {
  start: { name: string; currency: string };
  onClose: () => void;
  onCreated: (account: Account) => void;
}

const TYPES: readonly (readonly [Account["account_type"], string])[] = [
  ["checking", "Current account"],
  ["savings", "Savings"],
  ["credit", "Credit"],
  ["loan", "Loan"],
  ["other", "Other"],
];

interface Draft {
  name: string;
  currency: string;
  number: string;
  type: Account["account_type"];
}

export function NewAccountDialog({ start, onClose, onCreated }: NewAccountDialogProps) {
  const [draft, setDraft] = useState<Draft>({ ...start, number: "", type: "checking" });
  const create = useCreateAccount();
  const submit = () => {
    const account: NewAccount = {
      name: draft.name.trim(),
      currency: draft.currency.trim().toUpperCase(),
      account_type: draft.type,
      ...(draft.number.trim() === "" ? {} : { account_number: draft.number.trim() }),
    };
    create.mutate(account, {
      onSuccess: (created) => {
        onCreated(created);
        onClose();
      },
    });
  };
  return (
    <FormDialog title="New account" action="Create account" isBusy={create.isPending} error={create.error} onClose={onClose} onSubmit={submit}>
      <AccountFields draft={draft} change={(part) => setDraft({ ...draft, ...part })} />
    </FormDialog>
  );
}

function AccountFields({ draft, change }: { draft: Draft; change: (part: Partial<Draft>) => void }) {
  return (
    <>
      <TextField
        label="Name"
        required
        maxLength={200}
        autoComplete="off"
        value={draft.name}
        onChange={(event) => change({ name: event.target.value })}
      />
      <div className="grid gap-4 sm:grid-cols-2">
        <TextField
          label="Currency"
          required
          pattern="[A-Za-z]{3}"
          title="Three letters, for example USD"
          maxLength={3}
          autoComplete="off"
          value={draft.currency}
          onChange={(event) => change({ currency: event.target.value.toUpperCase() })}
        />
        <SelectField
          label="Kind"
          value={draft.type}
          onChange={(event) => change({ type: TYPES.find(([type]) => type === event.target.value)?.[0] ?? "other" })}
        >
          {TYPES.map(([type, name]) => (
            <option key={type} value={type}>
              {name}
            </option>
          ))}
        </SelectField>
      </div>
      <TextField
        label="Account number (optional)"
        hint="Kept encrypted. Only the last four digits are shown, and they help to suggest mappings."
        autoComplete="off"
        spellCheck={false}
        value={draft.number}
        onChange={(event) => change({ number: event.target.value })}
      />
    </>
  );
}
