import type { Metadata } from "next";
import { Suspense } from "react";
import { PiecePage } from "@/features/explorer/ItemPages";

export const metadata: Metadata = { title: "Piece" };

export default function Page() {
  return (
    <Suspense>
      <PiecePage />
    </Suspense>
  );
}
