import type { Metadata } from "next";
import { Suspense } from "react";
import { DealPage } from "@/features/deals/DealPage";

export const metadata: Metadata = { title: "Deal" };

export default function Page() {
  return (
    <Suspense>
      <DealPage />
    </Suspense>
  );
}
