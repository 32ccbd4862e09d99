"use client";
import { PageHeader } from "@/components/Section";

export default function Page() {
  return <PageHeader title="Overview">What the network holds.</PageHeader>;
}
