/** How a file is read: each decision, how sure it is, and what proves it. Shows what was inferred; changes nothing. */
import type { JobReading } from "../api/types.ts";
import { CONFIDENCE_WORDS, evidenceWords, roleWords } from "../lib/reading-words.ts";
import { Badge } from "./badge.tsx";

type Inference = JobReading["inference"][number];

export function InferenceTable({ inference }: { inference: readonly Inference[] }) {
  return (
    <div className="@container">
      <table className="w-full table-fixed text-left @max-2xl:block">
        <thead className="border-b border-line bg-sunken text-xs text-ink-3 @max-2xl:sr-only">
          <tr>
            <th className="w-[22%] px-4 py-2 font-medium">Column</th>
            <th className="w-[16%] px-3 py-2 font-medium">Holds</th>
            <th className="w-[24%] px-3 py-2 font-medium">Read as</th>
            <th className="w-24 px-3 py-2 font-medium">Sure</th>
            <th className="px-3 py-2 font-medium">Because</th>
          </tr>
        </thead>
        <tbody className="@max-2xl:block">
          {inference.map((one) => (
            <InferenceLine key={`${one.column} ${one.role}`} inference={one} />
          ))}
        </tbody>
      </table>
    </div>
  );
}

const CELL = "px-3 py-2 text-sm break-words align-baseline @max-2xl:p-0";

function InferenceLine({ inference: { column, role, reading, confidence, evidence } }: { inference: Inference }) {
  const sure = CONFIDENCE_WORDS[confidence];
  return (
    <tr className="border-b border-line last:border-b-0 @max-2xl:grid @max-2xl:grid-cols-[minmax(0,1fr)_auto] @max-2xl:gap-x-3 @max-2xl:gap-y-0.5 @max-2xl:px-4 @max-2xl:py-2.5">
      <th scope="row" className="px-4 py-2 text-left align-baseline text-sm font-medium break-words @max-2xl:p-0">
        {column ?? <span className="font-normal text-ink-3">The file</span>}
      </th>
      <td className={`${CELL} text-ink-2 @max-2xl:col-start-1`}>{roleWords(role)}</td>
      <td className={`${CELL} @max-2xl:col-span-2 @max-2xl:col-start-1`}>{reading}</td>
      <td className={`${CELL} @max-2xl:col-start-2 @max-2xl:row-start-1`}>
        <Badge tone={sure.tone}>{sure.text}</Badge>
      </td>
      <td className={`${CELL} pr-4 text-ink-2 @max-2xl:col-span-2 @max-2xl:col-start-1`}>{evidenceWords(evidence)}</td>
    </tr>
  );
}
