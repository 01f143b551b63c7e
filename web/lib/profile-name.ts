/** The name that is proposed for a remembered reading. */

/** `Umsaetze_DE12_2026-03.csv` is `Umsaetze`: the words of a file's name, without its ending, numbers and dates. */
export function profileNameOf(fileName: string): string {
  const stem = fileName.replace(/\.[a-z0-9]{1,5}$/i, "");
  const words = stem.split(/[\s_\-.,()]+/).filter((word) => word !== "" && !/\d/.test(word));
  return (words.length === 0 ? stem : words.join(" ")).slice(0, 100);
}
