/** Reads source files and names every breach of the house's rules. Takes the files as text, so that a test can plant a breach. */
import path from "node:path";
import { type ESTree, parseSync, Visitor } from "vite";
import { FUNCTION_LINES_MAX, IMPURE_PACKAGES, LAYERS, type Layer, layerOf, ONLY_FETCH, ONLY_RANDOM } from "./house-layers.ts";

/** Path from the root → text. */
export type Tree = ReadonlyMap<string, string>;

/** `file:line what is wrong`, in the tree's order. */
export function findBreaches(tree: Tree): string[] {
  return [...tree].flatMap(([file, text]) => breachesOf({ file, text, lineAt: (offset) => text.slice(0, offset).split("\n").length }));
}

interface SourceFile {
  file: string;
  text: string;
  lineAt: (offset: number) => number;
}

interface Breach {
  offset: number;
  what: string;
}

function breachesOf(source: SourceFile): string[] {
  const { program, errors } = parseSync(source.file, source.text);
  if (errors.length > 0) return [`${source.file}:1 cannot be read: ${errors[0]?.message}`];
  const layer = layerOf(source.file);
  const breaches: Breach[] = [...headerBreaches(source), ...functionBreaches(program, source)];
  if (layer !== null) {
    for (const link of linksOf(program)) breaches.push(...linkBreaches({ source, layer, link }));
    breaches.push(...reachBreaches({ program, source, layer }));
  } else if (source.file.startsWith("src/")) {
    breaches.push({ offset: 0, what: "belongs to no layer of the house" });
  }
  return breaches.sort((a, b) => a.offset - b.offset).map(({ offset, what }) => `${source.file}:${source.lineAt(offset)} ${what}`);
}

function headerBreaches({ text }: SourceFile): Breach[] {
  return /^\/\*\*\s*(\*\s+)?[^\s*/]/.test(text) ? [] : [{ offset: 0, what: "does not begin with a /** … */ line that says what the file is" }];
}

function functionBreaches(program: ESTree.Program, { lineAt }: SourceFile): Breach[] {
  const breaches: Breach[] = [];
  const measure = (node: ESTree.Function | ESTree.ArrowFunctionExpression) => {
    const lines = lineAt(node.end) - lineAt(node.start) + 1;
    if (lines > FUNCTION_LINES_MAX)
      breaches.push({ offset: node.start, what: `has a function of ${lines} lines; ${FUNCTION_LINES_MAX} is the most` });
  };
  new Visitor({ FunctionDeclaration: measure, FunctionExpression: measure, ArrowFunctionExpression: measure }).visit(program);
  return breaches;
}

interface Link {
  target: string;
  offset: number;
  isType: boolean;
}

/** Every import, static or dynamic, of values or types, and every re-export. */
function linksOf(program: ESTree.Program): Link[] {
  const links: Link[] = [];
  const add = (source: ESTree.Node | null, isType: boolean) => {
    if (source?.type === "Literal" && typeof source.value === "string") links.push({ target: source.value, offset: source.start, isType });
    else if (source !== null) links.push({ target: "", offset: source.start, isType });
  };
  new Visitor({
    ImportDeclaration: (node) => {
      const areTypes = node.specifiers.length > 0 && node.specifiers.every((one) => one.type === "ImportSpecifier" && one.importKind === "type");
      add(node.source, node.importKind === "type" || areTypes);
    },
    ExportNamedDeclaration: (node) => add(node.source, node.exportKind === "type"),
    ExportAllDeclaration: (node) => add(node.source, node.exportKind === "type"),
    ImportExpression: (node) => add(node.source, false),
    TSImportType: (node) => add(node.source, true),
  }).visit(program);
  return links;
}

function linkBreaches({ source, layer, link }: { source: SourceFile; layer: Layer; link: Link }): Breach[] {
  const breach = (what: string) => [{ offset: link.offset, what }];
  if (link.target === "") return breach("imports by a name that is only known when it runs");
  if (!link.target.startsWith(".")) return packageBreaches(layer, link);

  const target = path.posix.join(path.posix.dirname(source.file), link.target);
  const targetLayer = layerOf(target);
  if (targetLayer === null) return breach(`imports ${target}, which belongs to no layer of the house`);
  if (targetLayer === layer) return layer === "connectors" ? connectorBreaches({ from: source.file, target, link }) : [];
  const rule = LAYERS[layer];
  if (rule.imports.includes(targetLayer)) return [];
  if (!rule.types?.includes(targetLayer)) return breach(`${layer} may not import ${targetLayer} (${target})`);
  return link.isType ? [] : breach(`${layer} may import only types of ${targetLayer} (${target})`);
}

function packageBreaches(layer: Layer, link: Link): Breach[] {
  const name = link.target.split(/[/:]/)[0] ?? "";
  const isImpure = IMPURE_PACKAGES.some((one) => one === name);
  return LAYERS[layer].isPure && isImpure ? [{ offset: link.offset, what: `${layer} is pure and may not import ${link.target}` }] : [];
}

/** A connector knows the contract and its own files; only the registry knows them all. */
function connectorBreaches({ from, target, link }: { from: string; target: string; link: Link }): Breach[] {
  const nameOf = (file: string) => /^src\/sources\/connectors\/([\w-]+)/.exec(file)?.[1] ?? "";
  const isAllowed = nameOf(from) === "index" || nameOf(target) === "connector" || nameOf(target) === nameOf(from);
  return isAllowed ? [] : [{ offset: link.offset, what: `connectors may not import one another (${target})` }];
}

/** What a file reaches for without importing it: the clock, chance, the environment, the network. */
function reachBreaches({ program, source, layer }: { program: ESTree.Program; source: SourceFile; layer: Layer }): Breach[] {
  const breaches: Breach[] = [];
  const isPure = LAYERS[layer].isPure === true;
  const refuse = (node: ESTree.Node, what: string) => breaches.push({ offset: node.start, what });
  new Visitor({
    CallExpression: (node) => {
      const callee = nameOfCallee(node.callee);
      if (callee === "fetch" && layer !== "web" && source.file !== ONLY_FETCH) refuse(node, `calls fetch; only ${ONLY_FETCH} may`);
      if (isPure && CLOCKS.has(callee)) refuse(node, `${layer} is pure and may not ask ${callee}`);
      if (isPure && CHANCE.has(callee) && !source.file.startsWith(ONLY_RANDOM)) refuse(node, `${layer} is pure and may not ask ${callee}`);
    },
    NewExpression: (node) => {
      if (isPure && nameOfCallee(node.callee) === "Date" && node.arguments.length === 0) refuse(node, `${layer} is pure and may not ask the clock`);
    },
    MemberExpression: (node) => {
      const object = nameOfCallee(node.object);
      if (isPure && object === "process") refuse(node, `${layer} is pure and may not use process`);
      if (layer !== "web" && object === "Temporal") refuse(node, "uses the global Temporal, whose clock stands still in a deployed Worker");
    },
  }).visit(program);
  return breaches;
}

const CLOCKS = new Set(["Date.now", "Date", "performance.now"]);
const CHANCE = new Set(["Math.random", "crypto.randomUUID", "crypto.getRandomValues"]);

/** `Date.now` of `globalThis.Date.now`; "" for what is no plain name. */
function nameOfCallee(node: ESTree.Node): string {
  if (node.type === "Identifier") return node.name;
  if (node.type !== "MemberExpression" || node.property.type !== "Identifier") return "";
  const object = nameOfCallee(node.object);
  if (object === "") return "";
  return object === "globalThis" || object === "self" ? node.property.name : `${object}.${node.property.name}`;
}
