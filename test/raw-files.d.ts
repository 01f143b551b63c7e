/** A file's text as it stands, for tests that run where no file can be opened. */
declare module "*?raw" {
  const text: string;
  // biome-ignore lint/style/noDefaultExport: it is how Vite gives a file's text.
  export default text;
}
