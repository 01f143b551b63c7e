/** The API, readable: a page that draws /api/openapi.json with a script of our own. */
import type { AppContext } from "./app-env.ts";

/** Shown at /api/docs; script and style are files of the dashboard's build. */
export function docsPage(c: AppContext): Response | Promise<Response> {
  return c.html(`<!doctype html>
<html lang="en">
<head>
<meta charset="utf-8">
<meta name="viewport" content="width=device-width, initial-scale=1">
<title>Stratifi API</title>
<link rel="stylesheet" href="/api-docs.css">
<script type="module" src="/api-docs.js"></script>
</head>
<body><main id="docs"><h1>Stratifi API</h1><p>Reading /api/openapi.json …</p></main></body>
</html>`);
}
