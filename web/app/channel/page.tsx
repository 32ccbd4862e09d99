import type { Metadata } from "next";
import { ChannelPage } from "@/features/channels/ChannelPage";
import { ChannelWaiting } from "@/features/channels/ChannelWaiting";
import { WhenConfigured } from "@/lib/config-context";

export const metadata: Metadata = { title: "Channel" };

export default function Page() {
  return (
    <WhenConfigured waiting={<ChannelWaiting title="Channel" label="Loading the network" />}>
      <ChannelPage />
    </WhenConfigured>
  );
}
