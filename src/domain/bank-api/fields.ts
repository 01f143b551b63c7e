/** The words in which a bank's answers are described: fields, statuses, signs. Pure schemas; what they mean is in read.ts. */
import * as z from "zod";
import { EXPRESSION_CHARS_MAX, readExpression } from "./expression.ts";

export const expressionSchema = z
  .string()
  .min(1)
  .max(EXPRESSION_CHARS_MAX)
  .superRefine((text, context) => {
    const read = readExpression(text);
    if (typeof read === "string") context.addIssue({ code: "custom", message: read });
  })
  .meta({ title: "Path", description: "A JMESPath expression, e.g. `amount.value`. Figures are text in it." });

export const TRANSFORMS = ["trim", "abs", "negate", "dateOnly"] as const;
export type Transform = (typeof TRANSFORMS)[number];

const fixedSchema = z
  .strictObject({ const: z.string().max(200).meta({ title: "Value", description: "The same for every row." }) })
  .meta({ title: "A fixed value", description: "For what the bank does not say, e.g. the currency of a bank that knows only one." });

const pickedSchema = z
  .strictObject({
    path: z.union([expressionSchema, z.array(expressionSchema).min(1).max(6)]).meta({ title: "Path", description: "One path, or several." }),
    join: z
      .string()
      .max(8)
      .optional()
      .meta({ title: "Joined by", description: "What stands between the texts of several paths. Without it the first that is there is taken." }),
    transforms: z
      .array(z.enum(TRANSFORMS))
      .max(4)
      .optional()
      .meta({ title: "Changes", description: "In this order: trim, abs and negate (figures), dateOnly (the day of an instant)." }),
  })
  .meta({ title: "A path with settings", description: "Several paths, or a value that has to be changed." });

/** A value of an answer: a path, several of which the first that is there counts, a fixed value, or a path with settings. */
export const fieldSchema = z.union([expressionSchema, z.array(expressionSchema).min(1).max(6), fixedSchema, pickedSchema]);
export type Field = z.infer<typeof fieldSchema>;

/** `void` is a movement that will never be, or that was taken back as if it had never been. */
export const ROW_STATUSES = ["posted", "pending", "void"] as const;
export type RowStatus = (typeof ROW_STATUSES)[number];
const rowStatusSchema = z.enum(ROW_STATUSES);

const listedSchema = z
  .strictObject({
    path: expressionSchema.meta({ title: "Path", description: "The list in the answer." }),
    status: rowStatusSchema.optional().meta({ title: "Status", description: "What every row of this list is; stands over the field map's." }),
  })
  .meta({ title: "A list of rows", description: "One of the lists of an answer, e.g. its booked rows." });

export const itemsSchema = z
  .union([expressionSchema, z.array(listedSchema).min(1).max(4)])
  .meta({ title: "Rows", description: "Where the rows are: one list, or several with what their rows are (booked, pending)." });
export type Items = z.infer<typeof itemsSchema>;

export const statusSchema = z
  .union([
    z.strictObject({ const: rowStatusSchema }).meta({ title: "Always", description: "Every row is this." }),
    z
      .strictObject({
        path: expressionSchema,
        values: z.record(z.string().max(80), rowStatusSchema).meta({ title: "Words", description: "The bank's word → posted, pending or void." }),
        default: z
          .literal("error")
          .default("error")
          .meta({ title: "Any other word", description: "Is refused: the row is not booked and a person is told." }),
      })
      .meta({ title: "By a word of the bank's", description: "A word that is not listed is refused." }),
  ])
  .meta({ title: "Status", description: "Whether a row is booked, pending, or void." });

const wordsSchema = z.union([z.string().min(1).max(80), z.array(z.string().min(1).max(80)).min(1).max(8)]);

export const signSchema = z
  .discriminatedUnion("rule", [
    z.strictObject({ rule: z.literal("negative_is_out") }).meta({ title: "Negative is out", description: "A minus means out of the account." }),
    z.strictObject({ rule: z.literal("positive_is_out") }).meta({ title: "Positive is out", description: "A plus means out of the account." }),
    z
      .strictObject({
        rule: z.literal("indicator"),
        path: expressionSchema.meta({ title: "Path", description: "Where the word stands." }),
        credit: wordsSchema.meta({ title: "Into the account", description: "The bank's word or words for it." }),
        debit: wordsSchema.meta({ title: "Out of the account", description: "The bank's word or words for it." }),
      })
      .meta({ title: "By a word", description: "The amount is unsigned and a word says the direction. Any other word, and any minus, is refused." }),
  ])
  .meta({ title: "Sign", description: "What the sign of an amount means." });
export type SignRule = z.infer<typeof signSchema>;

/** In which unit amounts are written. */
export const unitSchema = z
  .enum(["major", "minor"])
  .default("major")
  .meta({ title: "Unit of amounts", description: "major: 12.50 is twelve and a half; minor: 1250 is." });
