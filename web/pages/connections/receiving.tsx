/** A connection that receives files: its imports, how far it may go by itself, and the way to upload into it. */
import { useInfiniteQuery } from "@tanstack/react-query";
import { useEffect } from "react";
import { useChangeConnection } from "../../api/connections.ts";
import { jobsQuery } from "../../api/jobs.ts";
import { rowsOf } from "../../api/query.ts";
import { useMay } from "../../api/session.ts";
import type { Connection } from "../../api/types.ts";
import { Button } from "../../ui/button.tsx";
import { useFilePicker } from "../../ui/drop-zone.tsx";
import { Section } from "../../ui/page.tsx";
import { BoneRows, Empty, Note, Pending, Refused } from "../../ui/states.tsx";
import { SwitchField } from "../../ui/switch.tsx";
import { JobTable } from "../imports.tsx";
import { DeleteConnection, NameSetting } from "./keeping.tsx";
import { AutomaticField } from "./set-up-fields.tsx";

export function Receiving({ connection }: { connection: Connection }) {
  return (
    <>
      {connection.last_error !== null && <Note tone="bad">{connection.last_error}</Note>}
      <div className="grid gap-6 lg:grid-cols-[minmax(0,1fr)_22rem]">
        <Imports connectionId={connection.id} />
        <div className="flex min-w-0 flex-col gap-6">
          <Settings connection={connection} />
          <NameSetting connection={connection} />
          <DeleteConnection connection={connection} />
        </div>
      </div>
    </>
  );
}

export function UploadInto({ connection }: { connection: Connection }) {
  const mayUpload = useMay("files:upload");
  const picker = useFilePicker();
  const { setConnection } = picker;
  const takesFiles = connection.connection_type === "bai2" || connection.connection_type === "file";
  useEffect(() => {
    if (!takesFiles) return undefined;
    setConnection(connection.id);
    return () => setConnection(null);
  }, [connection.id, takesFiles, setConnection]);
  if (!mayUpload || !takesFiles) return null;
  return (
    <Button look="primary" onClick={() => picker.pick(connection.id)}>
      Upload files
    </Button>
  );
}

function Settings({ connection }: { connection: Connection }) {
  const mayChange = useMay("connections:write");
  const change = useChangeConnection(connection.id);
  return (
    <Section title="How far it goes by itself">
      <div className="flex flex-col gap-5 px-4 py-4">
        <AutomaticField
          isOn={connection.config["auto_import"] === true}
          disabled={!mayChange || change.isPending}
          onChange={(isOn) => change.mutate({ auto_import: isOn })}
        />
        <SwitchField
          label="The ledger must be proven"
          hint="Opening balance plus movements has to come to the closing balance."
          isOn={connection.config["require_proof"] === "ledger"}
          disabled={!mayChange || change.isPending}
          onChange={(isOn) => change.mutate({ config: { ...connection.config, require_proof: isOn ? "ledger" : "totals" } })}
        />
        {!mayChange && <p className="text-sm text-ink-3">Owners and admins can change this.</p>}
        <Refused error={change.error} />
      </div>
    </Section>
  );
}

function Imports({ connectionId }: { connectionId: string }) {
  const query = useInfiniteQuery(jobsQuery({ connection_id: connectionId }));
  const jobs = rowsOf(query.data);
  return (
    <Section title="Imports">
      <Pending query={query}>
        <BoneRows rows={4} className="h-[3.75rem]" />
      </Pending>
      {query.data !== undefined && jobs.length === 0 && <Empty title="Nothing has come in yet">Upload a file, or drop one on this page.</Empty>}
      {jobs.length > 0 && <JobTable jobs={jobs} />}
      {query.hasNextPage && (
        <div className="border-t border-line px-4 py-2.5">
          <Button size="small" isBusy={query.isFetchingNextPage} onClick={() => void query.fetchNextPage()}>
            Show older imports
          </Button>
        </div>
      )}
    </Section>
  );
}
