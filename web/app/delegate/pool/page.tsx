import type { Metadata } from "next";
import { PoolPage } from "@/features/delegation/PoolPage";
import { PoolWaiting } from "@/features/delegation/PoolWaiting";
import { WhenConfigured } from "@/lib/config-context";

export const metadata: Metadata = { title: "Provider’s pool" };

export default function Page() {
  return (
    <WhenConfigured waiting={<PoolWaiting label="Loading the network" />}>
      <PoolPage />
    </WhenConfigured>
  );
}
