/**
 * Takes away a test's own database after its sessions have been ended. Without `force`: that one is refused to an owner who is no superuser
 * as soon as an autovacuum worker looks at the database; the plain one ends that worker itself and waits for sessions that are closing.
 */
import type { Client } from "pg";

const OBJECT_IN_USE = "55006";
const ATTEMPTS = 12;

export async function dropDatabase(owner: Client, name: string): Promise<void> {
  for (let attempt = 1; ; attempt += 1) {
    try {
      // Postgres waits up to five seconds for the others itself.
      await owner.query(`drop database if exists ${name}`);
      return;
    } catch (error) {
      if (attempt === ATTEMPTS || (error as { code?: string }).code !== OBJECT_IN_USE) throw error;
    }
  }
}
