/** What the page and the preview's worker say to each other. Types only. */
import type { Problem } from "../../src/domain/problem.ts";
import type { ProfileSettings } from "../../src/domain/profile.ts";
import type { FormatId } from "../../src/formats/format.ts";
import type { PreviewTotals, PreviewView } from "./preview.ts";

export interface PreviewWish {
  /** Counts up; of one file only the newest wish is worth answering. */
  seq: number;
  fileId: number;
  file: File;
  /** What the person says it is; null = it is recognized. */
  format: FormatId | null;
  settings: ProfileSettings | null;
  /** The totals too, after the view. */
  withTotals: boolean;
}

export type PreviewAnswer = { seq: number; fileId: number } & (
  | { type: "view"; view: PreviewView }
  | { type: "totals"; totals: PreviewTotals }
  | { type: "refused"; refusal: Problem }
  | { type: "failed"; message: string }
);
