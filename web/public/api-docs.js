/** The API, readable: draws /api/openapi.json as plain sections. Writes text only, never markup; sends nothing. */
const SPEC_ADDRESS = "/api/openapi.json";

/** A DOM element with attributes and children; strings become text. */
function element(name, attributes, ...children) {
  const node = document.createElement(name);
  for (const [key, value] of Object.entries(attributes)) node.setAttribute(key, value);
  node.append(...children.filter((child) => child !== null));
  return node;
}

/** The schema behind a `$ref`, or itself. */
function resolve(spec, schema) {
  const reference = schema?.$ref;
  if (reference === undefined) return schema;
  return reference
    .slice(2)
    .split("/")
    .reduce((place, key) => place?.[key], spec);
}

/** A schema as a line of words: `string (uuid)`, `array of Job`, `one of a, b`. */
function typeOf(spec, schema) {
  if (schema === undefined) return "anything";
  if (schema.$ref !== undefined) return schema.$ref.split("/").at(-1);
  if (schema.enum !== undefined) return `one of ${schema.enum.join(", ")}`;
  if (schema.type === "array") return `array of ${typeOf(spec, schema.items)}`;
  const union = schema.anyOf ?? schema.oneOf;
  if (union !== undefined) return union.map((one) => typeOf(spec, one)).join(" or ");
  const type = Array.isArray(schema.type) ? schema.type.join(" or ") : (schema.type ?? "object");
  return schema.format === undefined ? type : `${type} (${schema.format})`;
}

/** A table of fields: name, type, what it means. */
function fieldTable(spec, schema) {
  const { properties = {}, required = [] } = resolve(spec, schema) ?? {};
  const rows = Object.entries(properties).map(([name, field]) =>
    element(
      "tr",
      {},
      element("td", {}, element("code", {}, name), required.includes(name) ? "" : " (may be left out)"),
      element("td", {}, typeOf(spec, field)),
      element("td", {}, field.description ?? resolve(spec, field)?.description ?? ""),
    ),
  );
  return rows.length === 0 ? element("p", {}, typeOf(spec, schema)) : element("table", {}, element("tbody", {}, ...rows));
}

function contentOf(spec, content) {
  return Object.entries(content ?? {}).map(([type, { schema }]) =>
    element("div", {}, element("p", {}, element("code", {}, type)), fieldTable(spec, schema)),
  );
}

function parametersOf(spec, parameters) {
  if (parameters === undefined || parameters.length === 0) return null;
  const rows = parameters.map((parameter) =>
    element(
      "tr",
      {},
      element("td", {}, element("code", {}, parameter.name), ` in ${parameter.in}`),
      element("td", {}, typeOf(spec, parameter.schema)),
      element("td", {}, parameter.description ?? parameter.schema?.description ?? ""),
    ),
  );
  return element("div", {}, element("h4", {}, "Parameters"), element("table", {}, element("tbody", {}, ...rows)));
}

function operation(spec, { method, path, details }) {
  const responses = Object.entries(details.responses ?? {}).map(([status, response]) =>
    element("div", {}, element("h4", {}, `${status} ${response.description}`), ...(status < "400" ? contentOf(spec, response.content) : [])),
  );
  return element(
    "details",
    {},
    element("summary", {}, element("b", {}, method.toUpperCase()), " ", element("code", {}, path), ` ${details.summary ?? ""}`),
    parametersOf(spec, details.parameters),
    details.requestBody === undefined ? null : element("div", {}, element("h4", {}, "Body"), ...contentOf(spec, details.requestBody.content)),
    ...responses,
  );
}

function draw(spec) {
  const operations = Object.entries(spec.paths).flatMap(([path, methods]) =>
    Object.entries(methods).map(([method, details]) => ({ method, path, details, tag: details.tags?.[0] ?? "Other" })),
  );
  const sections = [...Map.groupBy(operations, ({ tag }) => tag)].map(([tag, members]) =>
    element("section", {}, element("h2", {}, tag), ...members.map((member) => operation(spec, member))),
  );
  const source = element("p", {}, spec.info.description, " ", element("a", { href: SPEC_ADDRESS }, "openapi.json"));
  return [element("h1", {}, spec.info.title), source, ...sections];
}

const place = document.getElementById("docs");
try {
  const answer = await fetch(SPEC_ADDRESS);
  if (!answer.ok) throw new Error(`it answered ${answer.status}`);
  place.replaceChildren(...draw(await answer.json()));
} catch (error) {
  place.replaceChildren(element("h1", {}, "API"), element("p", {}, `${SPEC_ADDRESS} could not be read: ${error.message}. Load the page again.`));
}
