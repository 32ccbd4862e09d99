import type { Metadata } from "next";
import { Suspense } from "react";
import { OverviewPage } from "@/features/provider/OverviewPage";

export const metadata: Metadata = { title: "Provide" };

export default function Page() {
  return (
    <Suspense>
      <OverviewPage />
    </Suspense>
  );
}
