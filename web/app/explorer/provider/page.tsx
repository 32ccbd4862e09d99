import type { Metadata } from "next";
import { Suspense } from "react";
import { ProviderPage } from "@/features/explorer/AccountPages";

export const metadata: Metadata = { title: "Provider" };

export default function Page() {
  return (
    <Suspense>
      <ProviderPage />
    </Suspense>
  );
}
