import type { Metadata } from "next";
import { Suspense } from "react";
import { DealsPage } from "@/features/deals/DealsPage";

export const metadata: Metadata = { title: "Deals" };

export default function Page() {
  return (
    <Suspense>
      <DealsPage />
    </Suspense>
  );
}
