/** One waiting file: what it is, what it asks, what it comes to, its first rows and how each column is read; then Import. */
import { useInfiniteQuery, useMutation } from "@tanstack/react-query";
import { useState } from "react";
import { accountsQuery } from "../../api/books.ts";
import { connectionsQuery } from "../../api/connections.ts";
import { rowsOf } from "../../api/query.ts";
import { useMay } from "../../api/session.ts";
import { bytesText } from "../../lib/bytes.ts";
import { profileNameOf } from "../../lib/profile-name.ts";
import { plural } from "../../lib/words.ts";
import type { PreviewView } from "../../preview/preview.ts";
import { reader } from "../../preview/reader.ts";
import { isAboutColumns } from "../../preview/settings.ts";
import { openQuestions, type WaitingFile, waiting } from "../../preview/waiting.ts";
import { AccountOptions } from "../../ui/account-options.tsx";
import { Badge } from "../../ui/badge.tsx";
import { Button } from "../../ui/button.tsx";
import { SelectField, TextField } from "../../ui/field.tsx";
import { Section, Sheet } from "../../ui/page.tsx";
import { QuestionCard } from "../../ui/questions.tsx";
import { Bone, BoneRows, Note, Refused } from "../../ui/states.tsx";
import { ColumnsAsked } from "./columns-asked.tsx";
import { Findings } from "./findings.tsx";
import { FirstRows } from "./first-rows.tsx";
import { ReadingEditor } from "./reading-editor.tsx";

interface FilePreviewProps {
  one: WaitingFile;
  /** The file was sent or left out. */
  onGone: () => void;
}

export function FilePreview({ one, onGone }: FilePreviewProps) {
  return (
    <>
      <FileHead one={one} onGone={onGone} />
      {one.phase === "reading" && <PreviewBones />}
      {one.phase === "refused" && <NotRead one={one} />}
      {one.phase === "failed" && (
        <Note tone="warn">
          <p className="font-semibold">There is no preview of this file.</p>
          <p className="mt-1">You may import it all the same: it is read again by the server, and you see it there before anything is booked.</p>
          <p className="mt-1 font-mono text-xs break-words">{one.failure}</p>
        </Note>
      )}
      {one.phase === "shown" && one.view !== null && <Shown one={one} view={one.view} />}
      {(one.phase === "shown" || one.phase === "failed") && <ImportBar one={one} onGone={onGone} />}
    </>
  );
}

function FileHead({ one, onGone }: FilePreviewProps) {
  const leaveOut = () => {
    reader.leaveOut(one.id);
    onGone();
  };
  return (
    <div className="flex flex-wrap items-start justify-between gap-x-6 gap-y-2">
      <div className="min-w-0 flex-1 basis-72">
        <div className="flex flex-wrap items-center gap-x-3 gap-y-1.5">
          <h2 className="min-w-0 text-lg font-semibold break-all">{one.file.name}</h2>
          {one.view !== null && <Badge tone="neutral">{one.view.title}</Badge>}
        </div>
        <p className="mt-0.5 text-sm text-ink-2">
          {bytesText(one.file.size)}, into <ConnectionName connectionId={one.connectionId} />
          {one.view !== null && <>. {one.view.because}</>}
        </p>
      </div>
      <Button look="quiet" onClick={leaveOut}>
        Leave it out
      </Button>
    </div>
  );
}

/** Text that no format knows may be described by the person who knows it. */
function NotRead({ one: { id, refusal } }: { one: WaitingFile }) {
  const mayDescribe = useMay("jobs:review") && refusal?.code === "unknown_format";
  return (
    <Note tone="bad" action={mayDescribe ? <Button onClick={() => reader.describe(id)}>Describe it yourself</Button> : undefined}>
      <p className="font-semibold">This file cannot be read.</p>
      <p className="mt-1">{refusal?.message}</p>
    </Note>
  );
}

function ConnectionName({ connectionId }: { connectionId: string | null }) {
  const connections = rowsOf(useInfiniteQuery(connectionsQuery).data);
  const found = connections.find((one) => (connectionId === null ? one.is_default : one.id === connectionId));
  return <>{found?.name ?? "the default connection"}</>;
}

function Shown({ one, view }: { one: WaitingFile; view: PreviewView }) {
  const mayAnswer = useMay("jobs:review");
  const { reading } = view;
  // Without a day or an amount no row means anything: what would be wrong with each is only that.
  const isReadable = reading === null || !reading.questions.some(isAboutColumns);
  return (
    <>
      {!view.isWhole && (
        <Note tone="note">
          This shows the first {bytesText(view.heldBytes)} of {bytesText(one.file.size)}. The whole file is read and proven once it is in.
        </Note>
      )}
      {reading !== null && <Remembered one={one} changed={reading.changed} />}
      {one.asked.length > 0 && (
        <Section title={openQuestions(one) === 0 ? "Answered" : "What the file does not say"}>
          {one.asked
            .filter(({ question }) => !isAboutColumns(question))
            .map((asked) => (
              <div key={asked.key} className="border-b border-line last:border-b-0">
                <QuestionCard
                  question={asked.question}
                  chosen={asked.chosen}
                  isReadOnly={!mayAnswer}
                  onChoose={(index) => reader.choose(one.id, asked, index)}
                />
              </div>
            ))}
          {reading !== null && <ColumnsAsked one={one} reading={reading} isReadOnly={!mayAnswer} />}
        </Section>
      )}
      {view.needsAccount && <AccountChoice one={one} currencies={view.rows.map(({ currency }) => currency)} />}
      {isReadable && (
        <>
          <Findings view={view} totals={one.totals} />
          <FirstRows rows={view.rows} isBusy={one.isBusy} isTable={reading !== null} />
        </>
      )}
      {reading !== null && <ReadingEditor one={one} view={view} reading={reading} mayChange={mayAnswer} />}
    </>
  );
}

function Remembered({ one, changed }: { one: WaitingFile; changed: readonly string[] }) {
  const { remembered } = one;
  if (changed.length > 0) {
    return (
      <Note tone="warn">
        <strong className="font-semibold">The file no longer looks as it was said to{remembered == null ? "" : ` in ${remembered.name}`}.</strong>
        {changed.map((sentence) => (
          <span key={sentence} className="mt-1 block">
            {sentence}
          </span>
        ))}
      </Note>
    );
  }
  if (remembered == null) return null;
  return (
    <Note tone="good">
      Read as remembered: <strong className="font-semibold">{remembered.name}</strong>, version {remembered.version}.
    </Note>
  );
}

function AccountChoice({ one, currencies }: { one: WaitingFile; currencies: readonly (string | null)[] }) {
  const accounts = rowsOf(useInfiniteQuery(accountsQuery).data);
  const fitting = accounts.filter(({ currency }) => currencies.includes(currency) || currencies.every((found) => found === null));
  const others = accounts.filter((account) => !fitting.includes(account));
  return (
    <Sheet className="p-4">
      <SelectField
        label="Whose account is it?"
        hint="The file names no account. You may also say it later."
        className="max-w-md"
        value={one.accountId ?? ""}
        onChange={(event) => waiting.change(one.id, { accountId: event.target.value === "" ? null : event.target.value })}
      >
        <option value="">Say it later</option>
        <AccountOptions accounts={fitting} />
        {others.length > 0 && (
          <optgroup label="Other currencies">
            <AccountOptions accounts={others} />
          </optgroup>
        )}
      </SelectField>
    </Sheet>
  );
}

function ImportBar({ one, onGone }: FilePreviewProps) {
  const suggested = useSuggestedName(one);
  const [name, setName] = useState(one.name);
  const send = useMutation({ mutationFn: () => reader.send(one.id, (name ?? suggested).trim()), onSuccess: onGone });
  const open = openQuestions(one);
  const isSaid = one.said.length > 0;
  const isNameless = isSaid && (name ?? suggested).trim() === "";
  return (
    <div className="sticky bottom-0 z-10 -mx-4 flex flex-wrap items-end justify-end gap-x-4 gap-y-3 border-t border-line bg-canvas px-4 py-3 sm:-mx-8 sm:px-8">
      {isSaid && (
        <TextField
          label="Remember for files like this, as"
          className="mr-auto basis-full sm:basis-72"
          value={name ?? suggested}
          maxLength={200}
          onChange={(event) => setName(event.target.value)}
          onBlur={() => waiting.change(one.id, { name })}
        />
      )}
      {send.error !== null && (
        <div className="min-w-0 flex-1">
          <Refused error={send.error} />
        </div>
      )}
      <Button look="primary" disabled={open > 0 || isNameless} isBusy={send.isPending} onClick={() => send.mutate()}>
        {open === 0 ? "Import" : `Answer ${open} ${plural(open, "question")} first`}
      </Button>
    </div>
  );
}

function useSuggestedName({ remembered, connectionId, file }: WaitingFile): string {
  const connections = rowsOf(useInfiniteQuery(connectionsQuery).data);
  const chosen = connectionId === null ? undefined : connections.find((one) => one.id === connectionId && !one.is_default);
  return remembered?.name ?? chosen?.name ?? profileNameOf(file.name);
}

function PreviewBones() {
  return (
    <>
      <Bone className="h-24 w-full rounded-lg" />
      <Sheet>
        <BoneRows rows={8} />
      </Sheet>
    </>
  );
}
