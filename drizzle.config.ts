/** drizzle-kit's settings: hand-written SQL in migrations/, checked by `npm run migrations:check`. */
import { defineConfig } from "drizzle-kit";

export default defineConfig({
  dialect: "postgresql",
  schema: "./src/store/schema.ts",
  out: "./migrations",
  dbCredentials: { url: process.env["DATABASE_OWNER_URL"] ?? "" },
});
