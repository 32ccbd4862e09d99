import { TABLE_NAMES, type TableName } from "@4ever/sdk/subgraph/tables/index";
import type { Metadata } from "next";
import { Suspense } from "react";
import { TablePage } from "@/features/explorer/TablePage";

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
  return (
    <Suspense>
      <TablePage name={table} />
    </Suspense>
  );
}
