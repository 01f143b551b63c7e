/** Where the local stack keeps its things. Names only; never touches the disk. */
import path from "node:path";

export const ROOT = path.resolve(import.meta.dirname, "../..");

/** Everything a run leaves behind; deleting it starts from nothing. */
export const DATA = path.join(ROOT, ".data");

export const MIGRATIONS = path.join(ROOT, "migrations");
export const DIST = path.join(ROOT, "dist");
