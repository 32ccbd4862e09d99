"use client";

import { FlaskConical, Wallet } from "lucide-react";
import { useState } from "react";
import { type Connector, useConnect, useConnectors } from "wagmi";
import { Button } from "@/components/Button";
import { ChoiceRow } from "@/components/Field";
import { Dialog } from "@/components/Overlay";
import { Notice } from "@/components/States";
import { useTestWallet } from "@/features/wallet/useTestWallet";
import { useAppConfig } from "@/lib/config-context";
import { shorten } from "@/lib/format/hash";
import { explain } from "@/lib/transactions/explain";
import { useWalletPrompt } from "@/lib/wallet/prompt";
import { TEST_WALLET_ID } from "@/lib/wallet/test-wallet";

/** Wallets that announced themselves in this browser, and on a local chain the test wallet. */
export function ConnectDialog() {
  const { isOpen, setOpen } = useWalletPrompt();
  const { chain } = useAppConfig();
  const connectors = useConnectors();
  const { mutate: connect, isPending, variables, error, reset } = useConnect();
  const installed = connectors.filter(({ id }) => id !== TEST_WALLET_ID);
  const pendingId = isPending ? (variables?.connector as Connector | undefined)?.id : undefined;

  const connectWith = (connector: Connector) =>
    // Without a chain id: a wallet on another network connects too, and the page then offers to switch it.
    connect({ connector }, { onSuccess: () => setOpen(false) });

  return (
    <Dialog
      open={isOpen}
      onOpenChange={(open) => {
        if (!open) reset();
        setOpen(open);
      }}
      title="Connect a wallet"
      description="It signs and pays; it stays in your hands. The network never sees a key."
    >
      <div className="space-y-5">
        {error ? (
          <Notice tone="bad" title="The wallet did not connect">
            {explain(error).what} {explain(error).next}
          </Notice>
        ) : null}
        <section aria-label="Wallets in this browser">
          <h3 className="mb-2 text-sm font-medium">In this browser</h3>
          {installed.length > 0 ? (
            <ul className="divide-y divide-line overflow-hidden rounded border border-line">
              {installed.map((connector) => (
                <li key={connector.uid}>
                  <button
                    type="button"
                    disabled={isPending}
                    onClick={() => connectWith(connector)}
                    className="flex h-12 w-full items-center gap-3 px-4 text-left -outline-offset-2 hover:bg-hover disabled:opacity-60"
                  >
                    {connector.icon ? (
                      <img src={connector.icon} alt="" className="size-5 rounded-sm" />
                    ) : (
                      <Wallet aria-hidden className="size-5 text-muted" />
                    )}
                    <span className="font-medium">{connector.name}</span>
                    {pendingId === connector.id ? (
                      <span role="status" className="ml-auto text-sm text-muted">
                        Waiting for the wallet
                      </span>
                    ) : null}
                  </button>
                </li>
              ))}
            </ul>
          ) : (
            <p className="rounded border border-dashed border-line-strong px-4 py-3 text-sm text-muted">
              No wallet has announced itself. Install one that supports EIP-6963, such as MetaMask or Rabby, then reload
              {chain.isLocal ? " – or use the test wallet below." : "."}
            </p>
          )}
        </section>
        <TestWalletChoice isPending={isPending} onConnect={connectWith} />
      </div>
    </Dialog>
  );
}

function TestWalletChoice({ isPending, onConnect }: { isPending: boolean; onConnect: (connector: Connector) => void }) {
  const testWallet = useTestWallet();
  const [chosen, setChosen] = useState<number | undefined>();
  if (!testWallet) return null;
  const selected = chosen ?? testWallet.accounts[0]?.index;
  return (
    <section aria-label="Test wallet">
      <h3 className="mb-1 flex items-center gap-2 text-sm font-medium">
        <FlaskConical aria-hidden className="size-4 text-warn" />
        Test wallet — local chain only
      </h3>
      <p className="mb-2 text-sm text-muted">
        Accounts with public keys and worthless coins. It signs without asking; the dashboard shows what.
      </p>
      <fieldset className="divide-y divide-line overflow-hidden rounded border border-line">
        <legend className="sr-only">Test account</legend>
        {testWallet.accounts.map(({ index, label, address }) => (
          <ChoiceRow
            key={index}
            name="test-account"
            value={String(index)}
            isChosen={selected === index}
            onChoose={() => setChosen(index)}
          >
            <span className="flex items-center justify-between gap-3">
              <span className="font-medium">{label}</span>
              <span className="font-mono text-sm text-muted">{shorten(address)}</span>
            </span>
          </ChoiceRow>
        ))}
      </fieldset>
      <Button
        look="primary"
        className="mt-3 w-full"
        disabled={selected === undefined}
        busy={isPending && "Connecting"}
        onClick={async () => {
          if (selected === undefined) return;
          await testWallet.select(selected);
          onConnect(testWallet.connector);
        }}
      >
        Use this test account
      </Button>
    </section>
  );
}
