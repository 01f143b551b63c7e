/** The dashboard's door: puts the first page into the document. Never talks to the API itself. */
import { createRoot } from "react-dom/client";

const root = document.getElementById("root");
if (root === null) throw new Error("index.html has no element #root.");
createRoot(root).render(<h1>Stratifi</h1>);
