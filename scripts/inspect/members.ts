/** How the files in an archive are to be read, for the command line: what was said, and what one proves for the others. Never reads a record. */
import type { MemberSettings, Survey } from "../../src/formats/format.ts";
import type { Inspection } from "./inspection.ts";

/** Ends the walk, tells the inspection what was found and what is open, and answers what the parser is to be given. */
export function membersOf(survey: Survey, { settings, inspection }: { settings: MemberSettings; inspection: Inspection }): MemberSettings {
  const shapes = survey.end();
  inspection.addShapes(shapes);
  const proved = shapes.flatMap(({ proved: said, reading: { signature } }) => (said === null ? [] : [[signature, said] as const]));
  return { ...settings, bySignature: Object.fromEntries(proved) };
}
