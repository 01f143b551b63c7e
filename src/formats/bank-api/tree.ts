/** A page's answer with its figures as printed text, as `parseExact` gives it, but knowing where each object stands in the stored bytes. */
import type { JsonNode } from "../page/json-node.ts";

export interface PlacedTree {
  tree: unknown;
  /** Where an object or list of the tree stands; null for what an expression made itself. */
  nodeOf(value: unknown): JsonNode | null;
}

export function placedTree(body: JsonNode): PlacedTree {
  const nodes = new WeakMap<object, JsonNode>();
  return {
    tree: lift(body, nodes),
    nodeOf: (value) => (typeof value === "object" && value !== null ? (nodes.get(value) ?? null) : null),
  };
}

function lift(node: JsonNode, nodes: WeakMap<object, JsonNode>): unknown {
  if (node.isArray) {
    const list = [...node.items()].map((item) => lift(item, nodes));
    nodes.set(list, node);
    return list;
  }
  if (node.isObject) {
    // Made by defining, so that a key such as `__proto__` is a key like every other.
    const object = Object.fromEntries([...node.members()].map(([key, member]) => [key, lift(member, nodes)]));
    nodes.set(object, node);
    return object;
  }
  return node.string ?? node.number ?? node.boolean;
}
