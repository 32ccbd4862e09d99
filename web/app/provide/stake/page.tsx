import type { Metadata } from "next";
import { StakePage } from "@/features/provider/StakePage";

export const metadata: Metadata = { title: "Stake" };

export default function Page() {
  return <StakePage />;
}
