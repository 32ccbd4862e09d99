import type { Metadata } from "next";
import { ProposalPage } from "@/features/governance/ProposalPage";
import { ProposalWaiting } from "@/features/governance/ProposalWaiting";
import { WhenConfigured } from "@/lib/config-context";

export const metadata: Metadata = { title: "Proposal" };

export default function Page() {
  return (
    <WhenConfigured waiting={<ProposalWaiting label="Loading the network" />}>
      <ProposalPage />
    </WhenConfigured>
  );
}
