import { PageHeader } from "@/components/Section";
import { BlocksSkeleton } from "@/components/Skeleton";
import { NetworkOverview } from "@/features/network/NetworkOverview";
import { Start } from "@/features/network/Start";
import { WhenConfigured } from "@/lib/config-context";

export default function Page() {
  return (
    <>
      <PageHeader title="Host something that stays">
        An open, decentralised cloud: put a folder online, pay only for what is proven, and check everything yourself.
      </PageHeader>
      <div className="space-y-6">
        <Start />
        <WhenConfigured waiting={<BlocksSkeleton label="Loading the network" heights={["h-24", "h-52"]} />}>
          <NetworkOverview />
        </WhenConfigured>
      </div>
    </>
  );
}
