import type { Metadata } from "next";
import { Suspense } from "react";
import { SetPage } from "@/features/explorer/ItemPages";

export const metadata: Metadata = { title: "Proving set" };

export default function Page() {
  return (
    <Suspense>
      <SetPage />
    </Suspense>
  );
}
