import { CloudUpload } from "lucide-react";
import type { Metadata } from "next";
import { ButtonLink } from "@/components/Button";
import { PageHeader } from "@/components/Section";
import { BlocksSkeleton } from "@/components/Skeleton";
import { DealsPage } from "@/features/deals/DealsPage";
import { WhenConfigured } from "@/lib/config-context";

export const metadata: Metadata = { title: "Deals" };

export default function Page() {
  return (
    <>
      <PageHeader
        title="Deals"
        action={
          <ButtonLink look="primary" href="/host/" icon={<CloudUpload aria-hidden className="size-4" />}>
            Host a folder
          </ButtonLink>
        }
      >
        Rented capacity: what is stored where, what was proven, and what became of the money.
      </PageHeader>
      <WhenConfigured waiting={<BlocksSkeleton label="Loading the network" heights={["h-96"]} />}>
        <DealsPage />
      </WhenConfigured>
    </>
  );
}
