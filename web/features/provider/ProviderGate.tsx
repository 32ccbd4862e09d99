"use client";

import { HardDrive, UserPlus, Wallet } from "lucide-react";
import type { ReactNode } from "react";
import { Button, ButtonLink } from "@/components/Button";
import { Loading, Skeleton } from "@/components/Skeleton";
import { EmptyState, LoadError } from "@/components/States";
import { type OwnProvider, type ProviderArea, useProviderArea } from "@/features/provider/useProviderArea";
import { useWallet } from "@/lib/wallet/use-wallet";

/** Leads to a provider's pages step by step: a wallet, then a registration. */
export function ProviderGate({
  children,
  unregistered,
}: {
  children: (provider: OwnProvider, area: ProviderArea) => ReactNode;
  /** What an account without registration sees; by default the way to registering. */
  unregistered?: (area: ProviderArea) => ReactNode;
}) {
  const { account, connect } = useWallet();
  const { data, error, errorUpdatedAt, isFetching, refetch } = useProviderArea();
  const panel = (content: ReactNode) => <div className="rounded border border-line bg-surface">{content}</div>;
  if (!account) {
    return panel(
      <EmptyState
        icon={Wallet}
        title="Connect the provider’s wallet"
        action={
          <Button look="primary" onClick={connect}>
            Connect a wallet
          </Button>
        }
      >
        Stake, deals and earnings belong to an account. Your keeper uses another key of its own, which cannot move
        money.
      </EmptyState>,
    );
  }
  if (error && !data) {
    return panel(
      <LoadError
        what="Your provider"
        error={error}
        failedAtMs={errorUpdatedAt}
        onRetry={refetch}
        isRetrying={isFetching}
      />,
    );
  }
  if (!data) {
    return (
      <Loading label="Loading your provider" className="space-y-6">
        <Skeleton className="h-20" />
        <Skeleton className="h-56" />
      </Loading>
    );
  }
  if (!data.provider || data.provider.registeredAt === undefined) {
    return (
      unregistered?.(data) ??
      panel(
        <EmptyState
          icon={HardDrive}
          title="This account is not a provider yet"
          action={
            <ButtonLink look="primary" href="/provide/" icon={<UserPlus aria-hidden className="size-4" />}>
              Register
            </ButtonLink>
          }
        >
          Register it first; then it can stake, offer and earn.
        </EmptyState>,
      )
    );
  }
  return children(data.provider, data);
}
