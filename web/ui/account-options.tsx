/** Your accounts as the options of a select. */
import type { Account } from "../api/types.ts";

export function AccountOptions({ accounts }: { accounts: readonly Account[] }) {
  return accounts.map((account) => (
    <option key={account.id} value={account.id}>
      {account.name} {account.last_four === null ? "" : `•••• ${account.last_four} `}({account.currency})
    </option>
  ));
}
