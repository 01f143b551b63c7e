/** What is neither a file nor an API's address: the dashboard's page for a person's address bar, a real 404 for a missing file. Never reads data. */

/** The dashboard does its own routing, so every page's address gets the same document; `assets` answers "/" with it. */
export async function answerPage(request: Request, assets: Fetcher): Promise<Response> {
  const { pathname, origin } = new URL(request.url);
  const isReading = request.method === "GET" || request.method === "HEAD";
  if (!isReading || isFile(pathname)) return new Response("Not found\n", { status: 404, headers: { "content-type": "text/plain; charset=utf-8" } });
  return assets.fetch(new Request(new URL("/", origin), { method: request.method, headers: request.headers }));
}

/** A page that answered for a script would be cached and run as one; /assets/ and names with an ending are files. */
function isFile(pathname: string): boolean {
  return pathname.startsWith("/assets/") || /\.\w+$/.test(pathname);
}
