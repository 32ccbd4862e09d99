import { TABLE_NAMES, type TableName } from "@4ever/sdk/subgraph/tables/index";
import type { Metadata } from "next";
import { BlocksSkeleton } from "@/components/Skeleton";
import { AddressedTable } from "@/features/explorer/AddressedTable";
import { ExplorerPage } from "@/features/explorer/ExplorerPage";
import { TABLE_WORDS } from "@/features/explorer/words";
import { WhenConfigured } from "@/lib/config-context";

interface Props {
  params: Promise<{ table: TableName }>;
}

export const dynamicParams = false;

export function generateStaticParams() {
  return TABLE_NAMES.map((table) => ({ table }));
}

export async function generateMetadata({ params }: Props): Promise<Metadata> {
  const { table } = await params;
  return { title: `Explorer: ${table}` };
}

export default async function Page({ params }: Props) {
  const { table } = await params;
  const { title, about } = TABLE_WORDS[table];
  return (
    <ExplorerPage title={title} about={about}>
      <WhenConfigured waiting={<BlocksSkeleton label="Loading the network" heights={["h-96"]} />}>
        <AddressedTable name={table} />
      </WhenConfigured>
    </ExplorerPage>
  );
}
