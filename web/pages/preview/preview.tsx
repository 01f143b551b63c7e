/** Files that were dropped, looked at before a byte of them is sent: one after the other, or those that ask nothing together. */
import { useNavigate } from "@tanstack/react-router";
import { useEffect, useState, useSyncExternalStore } from "react";
import { useMay } from "../../api/session.ts";
import { bytesText } from "../../lib/bytes.ts";
import { plural, type Tone } from "../../lib/words.ts";
import { reader, sendAllReady } from "../../preview/reader.ts";
import { isReady, openQuestions, type WaitingFile, waiting } from "../../preview/waiting.ts";
import { Badge } from "../../ui/badge.tsx";
import { Button } from "../../ui/button.tsx";
import { cx } from "../../ui/cx.ts";
import { useFilePicker } from "../../ui/drop-zone.tsx";
import { Page, Sheet } from "../../ui/page.tsx";
import { Empty } from "../../ui/states.tsx";
import { FilePreview } from "./file-preview.tsx";

export function PreviewPage() {
  const files = useSyncExternalStore(waiting.subscribe, waiting.snapshot);
  const [chosenId, choose] = useState<number | null>(null);
  const navigate = useNavigate();
  const shown = files.find(({ id }) => id === chosenId) ?? files[0];
  const shownId = shown?.id;
  const count = files.length;
  useEffect(() => {
    // A file that comes while others are shown is read behind them.
    if (shownId !== undefined && count > 0) reader.show(shownId);
  }, [shownId, count]);
  if (shown === undefined) return <NothingWaits />;
  const leave = () => {
    if (waiting.snapshot().length === 0) void navigate({ to: "/imports" });
  };
  return (
    <Page
      title={count === 1 ? "Before it goes in" : `Before they go in: ${count} files`}
      lead="Read here in your browser, by the same program that will import it. Nothing has been sent yet."
    >
      {count > 1 && <FileList files={files} shownId={shown.id} onChoose={choose} onSent={leave} />}
      <FilePreview key={shown.id} one={shown} onGone={leave} />
    </Page>
  );
}

function NothingWaits() {
  const picker = useFilePicker();
  const mayUpload = useMay("files:upload");
  return (
    <Page title="Before it goes in">
      <Sheet>
        <Empty title="No file waits here" action={mayUpload ? <Button onClick={() => picker.pick(null)}>Choose files</Button> : undefined}>
          {mayUpload
            ? "Drop a bank file anywhere: you see how it is understood before it is sent."
            : "Files are shown here before they are sent. A member of your organisation may drop them."}
        </Empty>
      </Sheet>
    </Page>
  );
}

interface FileListProps {
  files: readonly WaitingFile[];
  shownId: number;
  onChoose: (id: number) => void;
  onSent: () => void;
}

function FileList({ files, shownId, onChoose, onSent }: FileListProps) {
  const ready = files.filter((one) => isReady(one) && one.said.length === 0).length;
  const sendReady = () => {
    sendAllReady();
    onSent();
  };
  return (
    <Sheet>
      <ul aria-label="Files">
        {files.map((one) => (
          <li key={one.id} className="border-b border-line last:border-b-0">
            <button
              type="button"
              aria-current={one.id === shownId ? "true" : undefined}
              onClick={() => onChoose(one.id)}
              className={cx(
                "flex w-full items-center gap-3 px-4 py-2.5 text-left focus-visible:-outline-offset-2",
                one.id === shownId ? "bg-accent-soft shadow-[inset_3px_0_0_var(--accent)]" : "hover:bg-sunken",
              )}
            >
              <span className="min-w-0 flex-1 truncate font-medium">{one.file.name}</span>
              <span className="text-sm text-ink-3 tabular-nums max-sm:hidden">{bytesText(one.file.size)}</span>
              <WaitingBadge one={one} />
            </button>
          </li>
        ))}
      </ul>
      {ready > 1 && (
        <div className="flex flex-wrap items-center justify-between gap-3 border-t border-line bg-sunken px-4 py-2.5">
          <p className="text-sm text-ink-2">
            {ready} of {files.length} {plural(files.length, "file")} ask nothing.
          </p>
          <Button size="small" onClick={sendReady}>
            Import these {ready}
          </Button>
        </div>
      )}
    </Sheet>
  );
}

function WaitingBadge({ one }: { one: WaitingFile }) {
  const { text, tone } = stateOf(one);
  return <Badge tone={tone}>{text}</Badge>;
}

function stateOf(one: WaitingFile): { text: string; tone: Tone } {
  if (one.phase === "refused") return { text: "Cannot be read", tone: "bad" };
  if (one.phase === "failed") return { text: "No preview", tone: "neutral" };
  if (one.phase === "reading") return { text: "Reading", tone: "busy" };
  const open = openQuestions(one);
  if (open > 0) return { text: open === 1 ? "Asks once" : `Asks ${open} times`, tone: "warn" };
  return isReady(one) ? { text: "Asks nothing", tone: "good" } : { text: "To check", tone: "warn" };
}
