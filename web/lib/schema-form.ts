/** A form out of a JSON Schema: which fields there are, what stands in them at first, and the object that they come to. Pure; the server decides what is right. */

export interface FormField {
  name: string;
  title: string;
  description: string;
  kind: "text" | "number" | "switch" | "choice" | "lines" | "json";
  isSecret: boolean;
  isRequired: boolean;
  /** What is left empty is null, not missing. */
  isNullable: boolean;
  choices: readonly string[];
  pattern: string | undefined;
  min: number | undefined;
  max: number | undefined;
  isWhole: boolean;
  start: unknown;
}

/** What stands in the form: text as it was typed, a switch's position. */
export type FormDraft = Readonly<Record<string, string | boolean>>;

type Schema = Record<string, unknown>;

/** The schema's own fields in its own order; `without` are those that somebody else fills in. */
export function fieldsOf(schema: Schema | null, without: readonly string[] = []): FormField[] {
  const required = listOf(schema?.["required"]);
  return Object.entries(objectOf(schema?.["properties"]))
    .filter(([name]) => !without.includes(name))
    .map(([name, property]) => fieldOf(name, objectOf(property), required.includes(name)));
}

function fieldOf(name: string, property: Schema, isRequired: boolean): FormField {
  const variants = listOf(property["anyOf"] ?? property["oneOf"]).map(objectOf);
  const isNullable = variants.some(({ type }) => type === "null") || listOf(property["type"]).includes("null");
  const real = variants.filter(({ type }) => type !== "null");
  // Of "one text or a list of texts" the list is the wider: a line each.
  const shape = real.find(({ type }) => type === "array") ?? real[0] ?? property;
  return {
    name,
    title: textOf(property["title"]) ?? name,
    description: textOf(property["description"]) ?? "",
    kind: kindOf(shape),
    isSecret: property["secret"] === true,
    isRequired: isRequired && !isNullable,
    isNullable,
    choices: listOf(shape["enum"]).filter((one) => typeof one === "string"),
    pattern: textOf(shape["pattern"]),
    min: numberOf(shape["minimum"]),
    max: numberOf(shape["maximum"]),
    isWhole: shape["type"] === "integer",
    start: property["default"],
  };
}

function kindOf(shape: Schema): FormField["kind"] {
  if (Array.isArray(shape["enum"])) return "choice";
  const type = listOf(shape["type"]).find((one) => one !== "null") ?? shape["type"];
  if (type === "boolean") return "switch";
  if (type === "integer" || type === "number") return "number";
  if (type === "string") return "text";
  return type === "array" && objectOf(shape["items"])["type"] === "string" ? "lines" : "json";
}

/** What stands in the fields: what is set, else what the schema names. A secret's field is always empty. */
export function draftOf(fields: readonly FormField[], config: Schema = {}): FormDraft {
  return Object.fromEntries(fields.map((field) => [field.name, field.isSecret ? "" : shown(field, config[field.name] ?? field.start)]));
}

function shown({ kind, choices, isNullable }: FormField, value: unknown): string | boolean {
  if (kind === "switch") return value === true;
  if (kind === "choice") return typeof value === "string" ? value : isNullable ? "" : (choices[0] ?? "");
  if (kind === "lines") return listOf(value).join("\n");
  if (value === undefined || value === null) return "";
  return kind === "json" ? JSON.stringify(value, null, 2) : `${value}`;
}

/** The object that the form comes to. Throws SyntaxError where a JSON field is none. */
export function valuesOf(fields: readonly FormField[], draft: FormDraft): Record<string, unknown> {
  const values: Record<string, unknown> = {};
  for (const field of fields) {
    const value = entryOf(field, draft[field.name] ?? "");
    if (value !== undefined) values[field.name] = value;
  }
  return values;
}

function entryOf(field: FormField, entered: string | boolean): unknown {
  if (typeof entered === "boolean") return entered;
  const text = entered.trim();
  if (text === "") return field.isNullable ? null : undefined;
  if (field.kind === "number") return Number(text);
  if (field.kind === "lines") return text.split(/\s*\n\s*/);
  return field.kind === "json" ? JSON.parse(text) : text;
}

export function objectOf(value: unknown): Schema {
  return typeof value === "object" && value !== null && !Array.isArray(value) ? Object.fromEntries(Object.entries(value)) : {};
}

function listOf(value: unknown): unknown[] {
  return Array.isArray(value) ? value : [];
}

const textOf = (value: unknown): string | undefined => (typeof value === "string" ? value : undefined);
const numberOf = (value: unknown): number | undefined => (typeof value === "number" ? value : undefined);

/** What a person typed as JSON, or where it stops being JSON. */
export function parsedJson(text: string): { value: Schema } | { problem: string } {
  try {
    const value: unknown = JSON.parse(text);
    if (typeof value === "object" && value !== null && !Array.isArray(value)) return { value: objectOf(value) };
    return { problem: "An object in braces is expected: { … }." };
  } catch (error) {
    return { problem: `This is not JSON yet. ${error instanceof Error ? error.message : ""}`.trim() };
  }
}
