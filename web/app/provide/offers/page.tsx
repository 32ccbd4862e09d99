import type { Metadata } from "next";
import { OffersPage } from "@/features/provider/OffersPage";

export const metadata: Metadata = { title: "Offers" };

export default function Page() {
  return <OffersPage />;
}
