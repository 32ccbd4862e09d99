import type { ReactNode } from "react";
import { PageHeader } from "@/components/Section";

/** The head of the offers' page, before and after its action can be offered. */
export function OffersHeader({ action }: { action?: ReactNode }) {
  return (
    <PageHeader title="Offers" action={action}>
      Capacity for sale. Customers see it beside its price; a change concerns new deals only.
    </PageHeader>
  );
}
