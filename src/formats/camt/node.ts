/** One element of a record with what is in it. Pure look-ups; never reads a file. */

export interface XmlNode {
  /** Without its prefix. */
  name: string;
  text: string;
  /** The `Ccy` attribute of an amount. */
  currency: string | null;
  children: XmlNode[];
}

/** The first element at a path of names below `node`. */
export function find(node: XmlNode | undefined, ...path: string[]): XmlNode | undefined {
  return path.reduce<XmlNode | undefined>((at, name) => at?.children.find((child) => child.name === name), node);
}

export const findAll = (node: XmlNode | undefined, name: string): XmlNode[] => node?.children.filter((child) => child.name === name) ?? [];

/** The text at a path, or null where there is none. */
export function textAt(node: XmlNode | undefined, ...path: string[]): string | null {
  const text = find(node, ...path)
    ?.text.replace(/\s+/g, " ")
    .trim();
  return text === undefined || text === "" ? null : text;
}

/** Every text below a node that stands in an element of that name, in order. */
export function textsBelow(node: XmlNode | undefined, name: string): string[] {
  if (node === undefined) return [];
  return node.children.flatMap((child) => {
    const own = child.name === name && child.children.length === 0 ? child.text.replace(/\s+/g, " ").trim() : "";
    return own === "" ? textsBelow(child, name) : [own];
  });
}
