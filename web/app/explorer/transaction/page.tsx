import type { Metadata } from "next";
import { Suspense } from "react";
import { TransactionPage } from "@/features/explorer/TransactionPage";

export const metadata: Metadata = { title: "Transaction" };

export default function Page() {
  return (
    <Suspense>
      <TransactionPage />
    </Suspense>
  );
}
