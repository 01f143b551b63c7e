/** One connection: its state, how far it may go by itself, its imports, and the way to upload into it. */
import { useInfiniteQuery, useQuery } from "@tanstack/react-query";
import { getRouteApi, Link } from "@tanstack/react-router";
import { useEffect } from "react";
import { connectionQuery, useChangeConnection } from "../api/connections.ts";
import { jobsQuery } from "../api/jobs.ts";
import { rowsOf } from "../api/query.ts";
import { useMay, usePersonName } from "../api/session.ts";
import type { Connection } from "../api/types.ts";
import { CONNECTION_TYPES, connectionState } from "../lib/words.ts";
import { Badge } from "../ui/badge.tsx";
import { Button } from "../ui/button.tsx";
import { useFilePicker } from "../ui/drop-zone.tsx";
import { Page, Section, Sheet } from "../ui/page.tsx";
import { Bone, BoneRows, Empty, Failed, Note, Pending, Refused } from "../ui/states.tsx";
import { SwitchField } from "../ui/switch.tsx";
import { Ago, Instant } from "../ui/time.tsx";
import { JobTable } from "./imports.tsx";

const route = getRouteApi("/shell/connections/$connectionId");

export function ConnectionPage() {
  const { connectionId } = route.useParams();
  const connection = useQuery(connectionQuery(connectionId));
  if (connection.data === undefined) {
    if (connection.error !== null) return <Failed error={connection.error} retry={() => void connection.refetch()} />;
    return (
      <Page title="Connection" heading={<Bone className="mt-6 h-7 w-64 max-w-full" />}>
        <Bone className="h-40 w-full rounded-lg" />
        <Sheet>
          <BoneRows rows={4} className="h-[3.75rem]" />
        </Sheet>
      </Page>
    );
  }
  return (
    <Page
      title={connection.data.name}
      heading={<ConnectionHeading connection={connection.data} />}
      actions={<UploadInto connection={connection.data} />}
    >
      {connection.data.last_error !== null && <Note tone="bad">{connection.data.last_error}</Note>}
      <div className="grid gap-6 lg:grid-cols-[minmax(0,1fr)_22rem]">
        <Imports connectionId={connectionId} />
        <Settings connection={connection.data} />
      </div>
    </Page>
  );
}

function ConnectionHeading({ connection }: { connection: Connection }) {
  const state = connectionState(connection);
  const personName = usePersonName();
  const by = personName(connection.created_by);
  return (
    <>
      <nav aria-label="Way back" className="mb-1 text-sm text-ink-3">
        <Link to="/connections" className="hover:text-ink hover:underline">
          Connections
        </Link>
      </nav>
      <div className="flex flex-wrap items-center gap-x-3 gap-y-1.5">
        <h1 className="text-xl font-semibold tracking-tight break-words">{connection.name}</h1>
        <Badge tone={state.tone}>{state.text}</Badge>
      </div>
      <p className="mt-1 text-sm text-ink-2">
        {CONNECTION_TYPES[connection.connection_type]}, made <Instant at={connection.created_at} />
        {by !== null && ` by ${by}`}. Last success: <Ago at={connection.last_success_at} />.
      </p>
    </>
  );
}

function UploadInto({ connection }: { connection: Connection }) {
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
  const isAutomatic = connection.config["auto_import"] === true;
  const needsLedger = connection.config["require_proof"] === "ledger";
  const set = (part: Record<string, unknown>) => change.mutate({ config: { ...connection.config, ...part } });
  return (
    <Section title="How far it goes by itself">
      <div className="flex flex-col gap-5 px-4 py-4">
        <SwitchField
          label="Import by itself"
          hint="Only when every account is mapped, every check holds and no row asks for a decision."
          isOn={isAutomatic}
          disabled={!mayChange || change.isPending}
          onChange={(isOn) => set({ auto_import: isOn })}
        />
        <SwitchField
          label="The ledger must be proven"
          hint="Opening balance plus movements has to come to the closing balance."
          isOn={needsLedger}
          disabled={!mayChange || change.isPending}
          onChange={(isOn) => set({ require_proof: isOn ? "ledger" : "totals" })}
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
