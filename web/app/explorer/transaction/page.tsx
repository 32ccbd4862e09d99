import type { Metadata } from "next";
import { ItemWaiting } from "@/features/explorer/ItemWaiting";
import { TransactionPage } from "@/features/explorer/TransactionPage";
import { WhenConfigured } from "@/lib/config-context";

export const metadata: Metadata = { title: "Transaction" };

export default function Page() {
  return (
    <WhenConfigured waiting={<ItemWaiting title="Transaction" />}>
      <TransactionPage />
    </WhenConfigured>
  );
}
