import type { Metadata } from "next";
import { Suspense } from "react";
import { OverviewPage } from "@/features/explorer/OverviewPage";

export const metadata: Metadata = { title: "Explorer" };

export default function Page() {
  return (
    <Suspense>
      <OverviewPage />
    </Suspense>
  );
}
