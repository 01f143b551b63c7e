/** What approving would book, in and out, a currency a line; as the server totalled it. */
import type { JobDetail } from "../../api/types.ts";
import { Section } from "../../ui/page.tsx";
import { TotalsTable } from "../../ui/totals-table.tsx";

export function Totals({ job }: { job: JobDetail }) {
  if (job.totals.length === 0 || job.stage === "undone" || job.stage === "cancelled") return null;
  const isBooked = job.stage === "done";
  return (
    <Section title={isBooked ? "What was booked" : "What would be booked"}>
      <TotalsTable totals={job.totals} />
    </Section>
  );
}
