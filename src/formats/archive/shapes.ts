/** Readings of an archive's files gathered by their signature: what is open is asked once, and what one file proves holds for the others. Reads no file. */
import { type Choice, mergeSettings, type ProfileSettings, type Question, type Reading, sameName } from "../../domain/profile.ts";
import type { FormatId, MemberShape } from "../format.ts";

/** 100 names and shapes: as many as a person looks through; members of a shape beyond are read by what they prove alone. */
const NAMES_MAX = 100;
const SHAPES_MAX = 100;

/** A column that rows of a file prove. */
interface Proof {
  reading: string;
  evidence: string;
}

interface Gathered {
  shape: MemberShape;
  /** By the column's name; null where two files prove different things. */
  proofs: Map<string, Proof | null>;
}

export class Shapes {
  readonly #bySignature = new Map<string, Gathered>();

  add(name: string, format: FormatId, reading: Reading): void {
    const named = withName(name, reading);
    const known = this.#bySignature.get(reading.signature);
    if (known === undefined && this.#bySignature.size >= SHAPES_MAX) return;
    const gathered = known ?? { shape: { format, members: [], count: 0, reading: named, proved: null }, proofs: new Map<string, Proof | null>() };
    if (known === undefined) this.#bySignature.set(reading.signature, gathered);
    else gathered.shape.reading = merged(known.shape.reading, named);
    gathered.shape.count += 1;
    if (gathered.shape.members.length < NAMES_MAX) gathered.shape.members.push(name);
    for (const [column, proof] of proofsOf(name, reading)) {
      const before = gathered.proofs.get(column);
      if (before === undefined) gathered.proofs.set(column, proof);
      else if (before?.reading !== proof.reading) gathered.proofs.set(column, null);
    }
  }

  all(): MemberShape[] {
    return [...this.#bySignature.values()].map(settled);
  }
}

const withName = (name: string, reading: Reading): Reading => ({
  ...reading,
  questions: reading.questions.map((question) => ({ ...question, member: name, message: `In ${name}: ${question.message}` })),
  changed: reading.changed.map((sentence) => `In ${name}: ${sentence}`),
});

/** The reading of the file that leaves something open stands for both. */
function merged(before: Reading, after: Reading): Reading {
  const shown = before.questions.length === 0 && after.questions.length > 0 ? after : before;
  const asked = new Set(before.questions.map(keyOf));
  return {
    ...shown,
    questions: [...before.questions, ...after.questions.filter((question) => !asked.has(keyOf(question)))],
    changed: [...before.changed, ...after.changed].slice(0, NAMES_MAX),
  };
}

const keyOf = ({ code, columns, role }: Question): string => `${code} ${role} ${columns.join("|")}`;

function* proofsOf(name: string, { inference, questions, profile }: Reading): Generator<[string, Proof]> {
  const open = new Set(questions.flatMap(({ columns }) => columns));
  for (const { column, confidence, evidence } of inference) {
    if (column === null || confidence !== "certain" || open.has(column)) continue;
    const reading = profile.columns.find((one) => sameName(one.name, column))?.reading;
    // Whole figures say nothing about the marks of others.
    const isBare = reading?.kind === "amount" && reading.decimal === null;
    if (reading !== undefined && reading.kind !== "text" && !isBare)
      yield [column, { reading: JSON.stringify(reading), evidence: `${name}, ${evidence}` }];
  }
}

/** A question whose answer another file of the shape proves is none. */
function settled({ shape, proofs }: Gathered): MemberShape {
  const { reading } = shape;
  const answers = reading.questions.flatMap((question) => {
    const [column] = question.columns;
    const proof = column === undefined || question.columns.length > 1 ? undefined : proofs.get(column);
    const choice = proof === undefined || proof === null ? undefined : question.choices.find((one) => isProved(one, proof));
    return proof === undefined || proof === null || choice === undefined ? [] : [{ question, choice, evidence: proof.evidence }];
  });
  if (answers.length === 0) return shape;
  const evidence = new Map(answers.map((answer) => [answer.question.columns[0], answer]));
  const inference = reading.inference.map((one) => {
    const answer = evidence.get(one.column ?? undefined);
    return answer === undefined ? one : { ...one, reading: answer.choice.reading, confidence: "certain" as const, evidence: answer.evidence };
  });
  const proved = answers.map(({ choice }) => choice.settings).reduce<ProfileSettings>(mergeSettings, {});
  const questions = reading.questions.filter((question) => !answers.some((answer) => answer.question === question));
  const columns = reading.profile.columns.map((column) => {
    const said = proved.columns?.find((one) => one.name !== undefined && sameName(one.name, column.name));
    return said?.reading === undefined ? column : { ...column, reading: said.reading };
  });
  return { ...shape, reading: { ...reading, inference, questions, profile: { ...reading.profile, columns } }, proved };
}

const isProved = ({ settings }: Choice, { reading }: Proof): boolean =>
  settings.columns?.length === 1 && JSON.stringify(settings.columns[0]?.reading) === reading;
