import type { Metadata } from "next";
import { Suspense } from "react";
import { RoundPage } from "@/features/explorer/ItemPages";

export const metadata: Metadata = { title: "Round" };

export default function Page() {
  return (
    <Suspense>
      <RoundPage />
    </Suspense>
  );
}
