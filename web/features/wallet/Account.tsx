"use client";

import { Check, ChevronDown, FlaskConical, LogOut, Wallet } from "lucide-react";
import { Popover } from "radix-ui";
import { type ReactNode, useState } from "react";
import type { Address } from "viem";
import { useBalance, useConnection, useDisconnect } from "wagmi";
import { classes } from "@/components/classes";
import { FaucetButton } from "@/components/FaucetButton";
import { Hash } from "@/components/Hash";
import { Money } from "@/components/Money";
import { Skeleton } from "@/components/Skeleton";
import { useTestWallet } from "@/features/wallet/useTestWallet";
import { useWithdrawal } from "@/features/wallet/useWithdrawal";
import { useAppConfig } from "@/lib/config-context";
import { shorten } from "@/lib/format/hash";
import type { TokenUnit } from "@/lib/format/money";
import { useLedgerBalance, useTokenBalance, useTokens } from "@/lib/tokens";
import { TEST_WALLET_ID } from "@/lib/wallet/test-wallet";
import { useHasFaucet } from "@/lib/wallet/use-faucet";

/** A connected wallet: its balances, and what can be done with it. */
export function Account({ address }: { address: Address }) {
  const [isOpen, setOpen] = useState(false);
  const { connector } = useConnection();
  const { mutate: disconnect } = useDisconnect();
  const { chain } = useAppConfig();
  const { data: tokens, error: tokensError } = useTokens();
  const payment = useTokenBalance(tokens?.payment.address, address);
  const ever = useTokenBalance(tokens?.ever.address, address);
  const ledger = useLedgerBalance(address);
  const withdraw = useWithdrawal();
  const native = useBalance({ address });
  const testWallet = useTestWallet();
  const hasFaucet = useHasFaucet();
  const isUnknown = tokensError !== null || payment.error !== null;
  const isTest = connector?.id === TEST_WALLET_ID;
  const label = isTest ? testWallet?.accounts.find((account) => account.address === address)?.label : undefined;

  return (
    <Popover.Root open={isOpen} onOpenChange={setOpen}>
      <Popover.Trigger asChild>
        <button
          type="button"
          className="inline-flex h-9 items-center gap-2 rounded border border-line-strong bg-surface px-3 hover:bg-hover pointer-coarse:h-11"
        >
          <span className="sr-only">Account </span>
          <span className="tabular font-medium max-md:hidden">
            {tokens && payment.data !== undefined ? (
              <Money amount={payment.data} token={tokens.payment} />
            ) : isUnknown ? (
              "balance unknown"
            ) : (
              <Skeleton className="h-4 w-16" />
            )}
          </span>
          <span aria-hidden className="h-4 w-px bg-line-strong max-md:hidden" />
          {isTest ? (
            <FlaskConical aria-hidden className="size-4 text-warn" />
          ) : (
            <Wallet aria-hidden className="size-4 text-muted" />
          )}
          {label ? (
            <span className="max-sm:sr-only">{label}</span>
          ) : (
            <span className="font-mono text-sm max-sm:sr-only">{shorten(address)}</span>
          )}
          <ChevronDown aria-hidden className="size-3.5 text-faint" />
        </button>
      </Popover.Trigger>
      <Popover.Portal>
        <Popover.Content
          align="end"
          sideOffset={6}
          collisionPadding={8}
          aria-label="Account"
          className="z-40 w-80 max-w-[calc(100vw-1rem)] animate-pop-in rounded border border-line-strong bg-surface shadow-pop"
        >
          <div className="border-b border-line px-4 py-3">
            <p className="text-sm text-muted">{isTest ? "Test wallet — local chain only" : connector?.name}</p>
            <Hash text={address} kind="address" />
          </div>
          <dl className="space-y-2 border-b border-line px-4 py-3 text-sm">
            <Balance label="For paying" amount={payment.data} token={tokens?.payment} />
            <Balance
              label="In the ledger"
              amount={ledger.data?.available}
              token={tokens?.payment}
              action={
                withdraw ? (
                  <button
                    type="button"
                    className="link font-medium pointer-coarse:min-h-10"
                    onClick={() => {
                      setOpen(false);
                      withdraw();
                    }}
                  >
                    Withdraw
                  </button>
                ) : undefined
              }
            />
            <Balance label="For staking" amount={ever.data} token={tokens?.ever} />
            <Balance
              label="For network fees"
              amount={native.data?.value}
              token={{ symbol: chain.nativeSymbol, decimals: 18 }}
            />
          </dl>
          {hasFaucet ? (
            <div className="border-b border-line px-4 py-3">
              <FaucetButton account={address} />
            </div>
          ) : null}
          {isTest && testWallet ? (
            <div className="border-b border-line p-1.5">
              <p className="px-2.5 pt-1 pb-1.5 text-xs font-medium text-faint">Switch account</p>
              {testWallet.accounts.map((account) => (
                <button
                  key={account.index}
                  type="button"
                  onClick={() => testWallet.select(account.index)}
                  aria-pressed={account.address === address}
                  className="flex h-9 w-full items-center gap-2 rounded-sm px-2.5 text-left text-sm hover:bg-hover pointer-coarse:h-11"
                >
                  <Check
                    aria-hidden
                    className={classes("size-4 text-accent-ink", account.address !== address && "invisible")}
                  />
                  {account.label}
                  <span className="ml-auto font-mono text-muted">{shorten(account.address)}</span>
                </button>
              ))}
            </div>
          ) : null}
          <div className="p-1.5">
            <button
              type="button"
              onClick={() => {
                setOpen(false);
                disconnect({});
              }}
              className="flex h-9 w-full items-center gap-2 rounded-sm px-2.5 text-left text-sm text-muted hover:bg-hover hover:text-ink pointer-coarse:h-11"
            >
              <LogOut aria-hidden className="size-4" />
              Disconnect
            </button>
          </div>
        </Popover.Content>
      </Popover.Portal>
    </Popover.Root>
  );
}

function Balance({
  label,
  amount,
  token,
  action,
}: {
  label: string;
  amount: bigint | undefined;
  token: TokenUnit | undefined;
  action?: ReactNode;
}) {
  return (
    <div className="flex items-center justify-between gap-4">
      <dt className="text-muted">{label}</dt>
      <dd className="inline-flex items-center gap-3">
        {action}
        {amount !== undefined && token ? <Money amount={amount} token={token} /> : <Skeleton className="h-4 w-20" />}
      </dd>
    </div>
  );
}
