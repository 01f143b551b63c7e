/** One decision on a column of figures, over all its sampled cells: which marks stand for decimals and thousands. Never decides by one cell for another. */
import type { Confidence } from "../../domain/profile.ts";
import { type Figure, type Marks, readFigure, tidied } from "./amount-cell.ts";
import { cited, type SampleValue } from "./sample.ts";

export interface AmountFit {
  /** The readings left, the best first. */
  marks: Marks[];
  confidence: Confidence;
  evidence: string;
  /** No cell has a point or a comma: the marks are another column's, or none. */
  isBare: boolean;
  readable: number;
  /** Figures without a sign, with a minus or parentheses, and with a word for debit or credit. */
  plain: number;
  turned: number;
  sided: number;
  /** A cell of each, for the evidence. */
  plainCell: SampleValue | null;
  turnedCell: SampleValue | null;
  sidedCell: SampleValue | null;
  /** The one currency that all cells with one name. */
  currency: string | null;
}

/** Null where the cells are no figures. `exponent`: decimals of the file's currency where it is known. */
export const inferAmount = (values: readonly SampleValue[], exponent: number | null): AmountFit | null => fitOf(weighFigures(values), exponent);

/** Everything about a column's figures that does not depend on the currency. */
export interface WeighedFigures {
  best: Tried;
  other: Tried;
  cells: readonly SampleValue[];
  isBare: boolean;
  signs: Signs;
}

export function weighFigures(values: readonly SampleValue[]): WeighedFigures | null {
  const cells = values.filter(({ text }) => tidied(text) !== "-");
  if (cells.length === 0) return null;
  const tried = [tryMarks(".", cells), tryMarks(",", cells)].sort((a, b) => b.figures.size - a.figures.size);
  const [best, other] = tried;
  if (best === undefined || other === undefined || best.figures.size < Math.max(1, cells.length * READABLE_SHARE)) return null;
  const isBare = cells.every(({ text }) => !/[.,]/.test(digitsOf(text)));
  return { best, other, cells, isBare, signs: signsOf(best, cells) };
}

export function fitOf(weighed: WeighedFigures | null, exponent: number | null): AmountFit | null {
  if (weighed === null) return null;
  const { isBare, best, signs } = weighed;
  return { ...decide(weighed, exponent), isBare, readable: best.figures.size, ...signs };
}

/** Seven cells in ten: a column with more that are no figures is something else. */
const READABLE_SHARE = 0.7;

interface Tried {
  marks: Marks;
  figures: Map<number, Figure>;
}

function tryMarks(decimal: "." | ",", cells: readonly SampleValue[]): Tried {
  const texts = cells.map(({ text }) => digitsOf(text));
  const rivals = (["'", " ", "_"] as const).filter((mark) => texts.some((text) => text.includes(mark)));
  const other = decimal === "." ? "," : ".";
  const thousands = texts.some((text) => text.includes(other)) ? other : (rivals[0] ?? other);
  const marks: Marks = { decimal, thousands };
  const figures = new Map<number, Figure>();
  for (const [index, { text }] of cells.entries()) {
    const figure = readFigure(text, marks);
    if (figure !== null && typeof figure === "object") figures.set(index, figure);
  }
  return { marks, figures };
}

/** From the first to the last digit. */
const digitsOf = (text: string): string => /\d(?:.*\d)?/.exec(tidied(text))?.[0] ?? "";

function decide({ best, other, cells, isBare }: WeighedFigures, exponent: number | null): Pick<AmountFit, "marks" | "confidence" | "evidence"> {
  if (isBare) {
    const thousands = ["'", " ", "_"].find((mark) => mark === best.marks.thousands) === undefined ? null : best.marks.thousands;
    return { marks: [{ decimal: null, thousands }], confidence: "certain", evidence: "whole figures only: no cell has a point or a comma" };
  }
  const proof = [...best.figures.keys()].find((index) => !other.figures.has(index));
  const against = [...other.figures.keys()].find((index) => !best.figures.has(index));
  const proving = proof === undefined ? undefined : cells[proof];
  if (proving !== undefined && against === undefined) return { marks: [best.marks], confidence: "certain", evidence: cited(proving) };
  const fine = exponent === null ? undefined : [best, other].find((one) => !tooPrecise(one, exponent));
  const coarse = exponent === null ? undefined : [best, other].find((one) => tooPrecise(one, exponent));
  if (proving === undefined && fine !== undefined && coarse !== undefined && exponent !== null) {
    const cell = cells[[...coarse.figures].find(([, figure]) => isTooPrecise(figure, exponent))?.[0] ?? 0];
    return {
      marks: [fine.marks],
      confidence: "likely",
      evidence: `${cell === undefined ? "" : cited(cell)} would have more decimals than the currency's ${exponent}`,
    };
  }
  const [first] = cells.filter(({ text }) => /[.,]/.test(digitsOf(text)));
  const seen = first === undefined ? "" : cited(first);
  return {
    marks: [best.marks, other.marks],
    confidence: "ambiguous",
    evidence: against === undefined ? `no row decides whether its mark parts thousands or decimals; ${seen}` : `rows contradict each other; ${seen}`,
  };
}

const tooPrecise = ({ figures }: Tried, exponent: number): boolean => [...figures.values()].some((figure) => isTooPrecise(figure, exponent));

const isTooPrecise = ({ plain }: Figure, exponent: number): boolean => /[1-9]/.test((plain.split(".")[1] ?? "").slice(exponent));

type Signs = Pick<AmountFit, "plain" | "turned" | "sided" | "plainCell" | "turnedCell" | "sidedCell" | "currency">;

function signsOf({ figures }: Tried, cells: readonly SampleValue[]): Signs {
  const signs: Signs = { plain: 0, turned: 0, sided: 0, plainCell: null, turnedCell: null, sidedCell: null, currency: null };
  const currencies = new Set<string>();
  for (const [index, { plain, sign, currency }] of figures) {
    const cell = cells[index] ?? null;
    if (currency !== null) currencies.add(currency);
    if (!/[1-9]/.test(plain)) continue;
    if (sign === "plain") {
      signs.plain += 1;
      signs.plainCell ??= cell;
    } else if (sign === "turned") {
      signs.turned += 1;
      signs.turnedCell ??= cell;
    } else {
      signs.sided += 1;
      signs.sidedCell ??= cell;
    }
  }
  const [only] = currencies;
  return { ...signs, currency: currencies.size === 1 ? (only ?? null) : null };
}

/** True for a cell that is a figure with some marks, and no long number such as an account's. */
export function looksLikeFigure(text: string): boolean {
  const tidy = tidied(text);
  if (tidy.length > 30 || !/\d/.test(tidy)) return false;
  return [".", ","].some((decimal) => {
    const marks: Marks = decimal === "." ? { decimal: ".", thousands: "," } : { decimal: ",", thousands: "." };
    return [marks, { ...marks, thousands: "'" as const }, { ...marks, thousands: " " as const }].some((one) => {
      const figure = readFigure(text, one);
      return figure !== null && typeof figure === "object" && figure.plain.length <= 18;
    });
  });
}
