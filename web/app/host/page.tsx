import type { Metadata } from "next";
import { HostPage } from "@/features/hosting/HostPage";

export const metadata: Metadata = { title: "Host" };

export default function Page() {
  return <HostPage />;
}
