"use client";

import { withdraw } from "@4ever/sdk/ledger";
import { useAppConfig } from "@/lib/config-context";
import { formatMoney } from "@/lib/format/money";
import { useLedgerBalance } from "@/lib/tokens";
import { useWallet } from "@/lib/wallet/use-wallet";

/** Moves what an account has free in the ledger into its wallet; undefined while there is nothing to move. */
export function useWithdrawal(): (() => void) | undefined {
  const { account, review } = useWallet();
  const { contracts } = useAppConfig().deployment;
  const { data: balance } = useLedgerBalance(account);
  if (!account || !balance || balance.available === 0n) return undefined;
  const { available, token } = balance;
  return () =>
    review({
      key: `ledger/withdraw/${account}`,
      title: "Withdraw to your wallet",
      sentence: `${formatMoney(available, token)} move from your balance in the ledger into your wallet.`,
      action: "Withdraw",
      costs: [],
      gasLimit: 67_000n,
      undo: "The next deal can take it from your wallet again, with your signature.",
      steps: [{ what: "transaction", title: "Send the withdrawal" }],
      to: contracts.Ledger,
      run: (client, context) => withdraw(client, { ...context, token, amount: available }),
    });
}
