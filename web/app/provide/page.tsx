import type { Metadata } from "next";
import { OverviewPage } from "@/features/provider/OverviewPage";

export const metadata: Metadata = { title: "Provide" };

export default function Page() {
  return <OverviewPage />;
}
