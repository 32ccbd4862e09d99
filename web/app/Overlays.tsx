"use client";

import dynamic from "next/dynamic";
import { useState } from "react";
import { useTransactions } from "@/lib/transactions/provider";
import { useWalletPrompt } from "@/lib/wallet/prompt";

const ConnectDialog = dynamic(() => import("@/features/wallet/ConnectDialog").then((module) => module.ConnectDialog), {
  ssr: false,
});
const TransactionDrawer = dynamic(
  () => import("@/features/transactions/TransactionDrawer").then((module) => module.TransactionDrawer),
  { ssr: false },
);
const TransactionToasts = dynamic(
  () => import("@/features/transactions/TransactionToasts").then((module) => module.TransactionToasts),
  { ssr: false },
);

/** What lies above every page. Each is fetched when it is first needed, and stays: closing hands the focus back. */
export function Overlays() {
  const { isOpen } = useWalletPrompt();
  const { records, openId, isListOpen } = useTransactions();
  const isConnectNeeded = useOnceTrue(isOpen);
  const isDrawerNeeded = useOnceTrue(isListOpen || openId !== undefined);
  return (
    <>
      {isConnectNeeded ? <ConnectDialog /> : null}
      {isDrawerNeeded ? <TransactionDrawer /> : null}
      {records.length > 0 ? <TransactionToasts /> : null}
    </>
  );
}

/** Whether it is true, or was at any time before. */
function useOnceTrue(isTrue: boolean): boolean {
  const [was, setWas] = useState(isTrue);
  if (isTrue && !was) setWas(true);
  return was || isTrue;
}
