"use client";

import { type ReactNode, useState } from "react";
import { isAddressEqual } from "viem";
import { Badge } from "@/components/Badge";
import { Button } from "@/components/Button";
import { Hash } from "@/components/Hash";
import { RelativeTime } from "@/components/RelativeTime";
import { Fact, Facts, Section } from "@/components/Section";
import { Skeleton } from "@/components/Skeleton";
import { Notice } from "@/components/States";
import { EndpointDialog, GroupDialog, OperatorDialog } from "@/features/provider/IdentityDialogs";
import type { OwnProvider } from "@/features/provider/useProviderArea";
import { useKeeper } from "@/lib/keepers";

type Changed = "endpoint" | "operator" | "group";

/** Who a provider is, whether its keeper answers for it, and the way to change each of it. */
export function Identity({ provider }: { provider: OwnProvider }) {
  const [changed, setChanged] = useState<Changed | undefined>();
  const keeper = useKeeper(provider.endpoint, provider.address);
  const state = keeper.data?.state;
  const info = keeper.data?.state === "answering" ? keeper.data.info : undefined;
  const otherKey =
    info && provider.operator && !isAddressEqual(info.operator, provider.operator) ? info.operator : undefined;
  const close = () => setChanged(undefined);
  const change = (what: Changed, name: string) => (
    <Button size="sm" look="quiet" aria-label={`Change the ${name}`} onClick={() => setChanged(what)}>
      Change
    </Button>
  );
  return (
    <Section title={provider.name || "Your provider"}>
      <Facts>
        <Fact label="Keeper">
          {state === undefined ? (
            <Skeleton className="h-5 w-24" />
          ) : otherKey ? (
            <Badge tone="bad">runs with another key</Badge>
          ) : state === "answering" ? (
            <Badge tone="good">answers</Badge>
          ) : state === "foreign" ? (
            <Badge tone="bad">is somebody else’s</Badge>
          ) : (
            <Badge tone="warn">cannot be reached from here</Badge>
          )}
        </Fact>
        <Fact label="Name and endpoint">
          <Changeable action={change("endpoint", "name and endpoint")}>
            <span className="font-mono text-sm break-all">{provider.endpoint}</span>
          </Changeable>
        </Fact>
        <Fact label="Operator key">
          <Changeable action={change("operator", "operator key")}>
            {provider.operator ? <Hash text={provider.operator} kind="address" /> : "—"}
          </Changeable>
        </Fact>
        <Fact label="Operator group">
          <Changeable action={change("group", "operator group")}>{provider.group}</Changeable>
        </Fact>
        <Fact label="Registered">
          {provider.registeredAt === undefined ? "—" : <RelativeTime at={provider.registeredAt} />}
        </Fact>
      </Facts>
      {otherKey ? (
        <div className="mt-3">
          <Notice
            tone="warn"
            title="The keeper cannot work for you"
            action={
              <Button size="sm" onClick={() => setChanged("operator")}>
                Use its key
              </Button>
            }
          >
            It runs with <Hash text={otherKey} kind="address" />, the registry names another key. Start it with that
            one, or name this one.
          </Notice>
        </div>
      ) : null}
      {changed === "endpoint" ? <EndpointDialog provider={provider} onClose={close} /> : null}
      {changed === "operator" ? <OperatorDialog provider={provider} suggested={otherKey} onClose={close} /> : null}
      {changed === "group" ? <GroupDialog provider={provider} onClose={close} /> : null}
    </Section>
  );
}

function Changeable({ children, action }: { children: ReactNode; action: ReactNode }) {
  return (
    <span className="inline-flex max-w-full flex-wrap items-center justify-end gap-x-2">
      {children}
      {action}
    </span>
  );
}
