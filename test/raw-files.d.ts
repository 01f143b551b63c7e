/** A file's text as it stands, for tests that run where no file can be opened. */
declare module "*?raw" {
  const text: string;
  export default text;
}
