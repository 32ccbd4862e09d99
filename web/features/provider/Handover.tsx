"use client";

import { syncOperator } from "@4ever/sdk/providers";
import { isAddressEqual } from "viem";
import { Button } from "@/components/Button";
import { Hash } from "@/components/Hash";
import { Notice } from "@/components/States";
import { setsToHandOver } from "@/features/provider/handing-over";
import type { OwnProvider, OwnSet } from "@/features/provider/useProviderArea";
import { useAppConfig } from "@/lib/config-context";
import { plural } from "@/lib/format/count";
import { shorten } from "@/lib/format/hash";
import { useKeeper } from "@/lib/keepers";
import { useWallet } from "@/lib/wallet/use-wallet";

/** Proving sets that still follow a key that the provider has replaced, each with the step that hands it over. */
export function Handover({ provider }: { provider: OwnProvider }) {
  const { operator } = provider;
  const sets = setsToHandOver(provider);
  const keeper = useKeeper(provider.endpoint, provider.address).data;
  if (!operator || sets.length === 0) return null;
  const isReady = keeper?.state === "answering" && isAddressEqual(keeper.info.operator, operator);
  return (
    <div className="space-y-3">
      {sets.map((set) => (
        <Notice
          key={set.id}
          tone="warn"
          title={`Proving set ${set.setId} still follows the key before`}
          action={<HandoverButton set={set} operator={operator} isReady={isReady} />}
        >
          {set.livePieceCount === 0 ? (
            <>
              The next deal’s piece goes into it, and only <Hash text={set.operator} kind="address" /> can add it
            </>
          ) : (
            <>
              Only <Hash text={set.operator} kind="address" /> can prove its {plural(set.livePieceCount, "piece")}
            </>
          )}{" "}
          until it is handed over to the present key.{" "}
          {isReady
            ? "The keeper at your endpoint runs with the new key and takes it over by itself; you can do it now."
            : "No keeper with the new key answers at your endpoint yet: start it first, or periods are missed."}
        </Notice>
      ))}
    </div>
  );
}

function HandoverButton({ set, operator, isReady }: { set: OwnSet; operator: `0x${string}`; isReady: boolean }) {
  const { review } = useWallet();
  const { contracts } = useAppConfig().deployment;
  return (
    <Button
      size="sm"
      onClick={() =>
        review({
          key: `set/hand-over/${set.setId}`,
          title: `Hand over proving set ${set.setId}`,
          sentence: `From now on only ${shorten(operator)} adds to proving set ${set.setId} and proves it.`,
          action: "Hand it over",
          costs: [],
          gasLimit: 80_000n,
          undo: isReady
            ? "Change the operator key back and hand it over again."
            : "No keeper with that key answers at your endpoint: until one runs, nobody can prove this set, and its periods are missed.",
          steps: [{ what: "transaction", title: "Send the handover" }],
          to: contracts.PossessionProofs,
          run: (client, context) => syncOperator(client, { ...context, setId: set.setId }),
        })
      }
    >
      Hand it over
    </Button>
  );
}
