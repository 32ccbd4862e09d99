import { PageHeader } from "@/components/Section";
import { NetworkOverview } from "@/features/network/NetworkOverview";
import { Start } from "@/features/network/Start";

export default function Page() {
  return (
    <>
      <PageHeader title="Host something that stays">
        An open, decentralised cloud: put a folder online, pay only for what is proven, and check everything yourself.
      </PageHeader>
      <div className="space-y-6">
        <Start />
        <NetworkOverview />
      </div>
    </>
  );
}
