/** Holds what goes over the stand-in's wire against the vendor's own types. Whatever breaks them is written down; nobody is stopped. */
import { Ajv, type ValidateFunction } from "ajv";
import schemas from "./schemas.json" with { type: "json" };

type Part = "requests" | "answers" | "webhooks";

export class SchemaCheck {
  readonly violations: string[] = [];
  readonly #ajv = new Ajv({ strict: false, allErrors: true });
  readonly #compiled = new Map<string, ValidateFunction | null>();

  constructor() {
    this.#ajv.addSchema(schemas, "plaid");
  }

  /** `name`: a path of the API, or a webhook's code. One without a schema is a violation too, but for webhooks. */
  check(part: Part, name: string, value: unknown): void {
    const validate = this.#validatorOf(part, name);
    if (validate === null) {
      if (part !== "webhooks") this.violations.push(`${part} ${name}: there is no such call`);
    } else if (!validate(value)) this.violations.push(`${part} ${name}: ${this.#ajv.errorsText(validate.errors)}`);
  }

  checkError(path: string, value: unknown): void {
    const validate = this.#compile("error", "plaid#/$defs/Error");
    if (!validate(value)) this.violations.push(`error ${path}: ${this.#ajv.errorsText(validate.errors)}`);
  }

  #validatorOf(part: Part, name: string): ValidateFunction | null {
    if (!Object.hasOwn(schemas[part], name)) return null;
    return this.#compile(`${part} ${name}`, `plaid#/${part}/${name.replaceAll("~", "~0").replaceAll("/", "~1")}`);
  }

  #compile(key: string, ref: string): ValidateFunction {
    const known = this.#compiled.get(key) ?? this.#ajv.compile({ $ref: ref });
    this.#compiled.set(key, known);
    return known;
  }
}
