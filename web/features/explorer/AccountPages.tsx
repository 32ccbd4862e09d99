"use client";

import { ACCOUNT, PROVIDER, type ProviderDetail } from "@4ever/sdk/subgraph/details";
import { useSearchParams } from "next/navigation";
import { type Address, isAddress } from "viem";
import { Badge } from "@/components/Badge";
import { ButtonLink } from "@/components/Button";
import { Bytes } from "@/components/Bytes";
import { Hash } from "@/components/Hash";
import { Money } from "@/components/Money";
import { RelativeTime } from "@/components/RelativeTime";
import { Fact, Facts, Section, Stat, Stats } from "@/components/Section";
import { Table } from "@/components/Table";
import { Answer } from "@/features/explorer/Answer";
import { AccountLink, ItemLink, ProviderLink, TransactionLink } from "@/features/explorer/columns";
import { ExplorerPage } from "@/features/explorer/ExplorerPage";
import { Nameless, RowsOf } from "@/features/explorer/ItemPages";
import { QueryDisclosure } from "@/features/explorer/QueryDisclosure";
import { useQuestion } from "@/features/explorer/useQuestion";
import { useAppConfig } from "@/lib/config-context";
import { explorerLinks } from "@/lib/explorer-links";
import { formatCount, formatShare, plural } from "@/lib/format/count";
import { usePeriodClock } from "@/lib/periods";
import { priceUnitOf } from "@/lib/prices";
import { EVER_UNIT } from "@/lib/tokens";

function useAddressed(): Address | undefined {
  const text = useSearchParams().get("address") ?? "";
  return isAddress(text, { strict: false }) ? (text.toLowerCase() as Address) : undefined;
}

/** A provider by its address. */
export function ProviderPage() {
  const address = useAddressed();
  return address ? <Provider address={address} /> : <Nameless what="Provider" needs="an address: ?address=0x…" />;
}

function Provider({ address }: { address: Address }) {
  const { question, ...asked } = useQuestion(PROVIDER, { id: address });
  return (
    <Answer what="Provider" asked={asked} thingOf={({ provider }) => provider}>
      {(provider) => (
        <ExplorerPage
          title={provider.name || "Provider"}
          about={<Hash text={provider.id} kind="address" />}
          badge={
            provider.jailed ? (
              <Badge tone="bad">Jailed</Badge>
            ) : provider.registeredAt === null ? (
              <Badge tone="neutral">Only staked</Badge>
            ) : (
              <Badge tone="good">Registered</Badge>
            )
          }
          action={<ButtonLink href={explorerLinks.account(address)}>Its money</ButtonLink>}
        >
          <ProviderStats provider={provider} />
          <Section title="Facts">
            <ProviderFacts provider={provider} />
            <QueryDisclosure question={question} what="these facts" />
          </Section>
          <Offers provider={provider} />
          <RowsOf name="deals" filters={{ provider: address }} />
          <RowsOf name="sets" filters={{ provider: address }} />
          <RowsOf name="proofs" filters={{ provider: address }} />
          <RowsOf name="missed" filters={{ provider: address }} />
          <RowsOf name="payments" filters={{ account: address }} title="Its balance in the ledger" />
        </ExplorerPage>
      )}
    </Answer>
  );
}

function ProviderStats({ provider }: { provider: ProviderDetail }) {
  const judged = provider.proofCount + provider.missedCount;
  const [earning] = provider.earnings;
  return (
    <Stats>
      <Stat
        label="Active stake"
        note={
          <>
            <Money amount={BigInt(provider.allocatedStake)} token={EVER_UNIT} /> allocated to services
          </>
        }
      >
        <Money amount={BigInt(provider.activeStake)} token={EVER_UNIT} />
      </Stat>
      <Stat
        label="Under proof"
        note={`${plural(provider.activeDealCount, "active deal")} of ${formatCount(provider.dealCount)}`}
      >
        <Bytes bytes={BigInt(provider.liveBytes)} />
      </Stat>
      <Stat
        label="Periods proven"
        note={
          judged === 0
            ? "nothing was due yet"
            : `${formatShare(provider.proofCount, judged)} of those judged; ${plural(provider.missedCount, "strike")}`
        }
      >
        {formatCount(provider.proofCount)}
      </Stat>
      <Stat
        label="Earned"
        note={
          earning ? (
            <>
              paid: <Money amount={BigInt(earning.paid)} token={earning.token} />
            </>
          ) : (
            "gross, in settled periods"
          )
        }
      >
        {earning ? <Money amount={BigInt(earning.earned)} token={earning.token} /> : "nothing yet"}
      </Stat>
    </Stats>
  );
}

function ProviderFacts({ provider }: { provider: ProviderDetail }) {
  return (
    <Facts>
      <Fact label="Endpoint, as it says">
        <span className="break-all">{provider.endpoint || "none"}</span>
      </Fact>
      <Fact label="Operator">{provider.operator ? <AccountLink id={provider.operator} /> : "none"}</Fact>
      <Fact label="Operator group">{provider.group}</Fact>
      <Fact label="Thawing stake">
        <Money amount={BigInt(provider.thawingStake)} token={EVER_UNIT} />
      </Fact>
      <Fact label="Delegated stake">
        <Money amount={BigInt(provider.delegatedStake)} token={EVER_UNIT} />
      </Fact>
      <Fact label="Thawing delegated stake">
        <Money amount={BigInt(provider.delegatedThawingStake)} token={EVER_UNIT} />
      </Fact>
      <Fact label="Slashed stake">
        <Money amount={BigInt(provider.slashedStake)} token={EVER_UNIT} />
      </Fact>
      <Fact label="Registered">
        {provider.registeredAt === null ? (
          "never"
        ) : (
          <>
            <RelativeTime at={BigInt(provider.registeredAt)} />{" "}
            <TransactionLink hash={provider.registrationTransactionHash} />
          </>
        )}
      </Fact>
    </Facts>
  );
}

function Offers({ provider: { offers } }: { provider: ProviderDetail }) {
  const priceUnit = priceUnitOf(usePeriodClock());
  return (
    <Section title="Offers" flush description={plural(offers.length, "offer")}>
      {offers.length === 0 ? (
        <p className="px-4 py-10 text-center text-muted">It never published an offer.</p>
      ) : (
        <Table
          caption="Offers"
          rows={offers}
          rowKey={({ id }) => id}
          columns={[
            {
              key: "offer",
              header: "Offer",
              cell: ({ offerId }) => <span className="whitespace-nowrap">Offer {offerId}</span>,
            },
            {
              key: "state",
              header: "State",
              isHiddenOnNarrow: true,
              cell: ({ active }) =>
                active ? <Badge tone="good">Open</Badge> : <Badge tone="neutral">Withdrawn</Badge>,
            },
            { key: "service", header: "Service", isHiddenOnNarrow: true, cell: ({ service }) => service.name },
            { key: "region", header: "Region", isHiddenOnNarrow: true, cell: ({ region }) => region || "—" },
            {
              key: "price",
              header: "Price",
              align: "right",
              cell: ({ unitPrice, token }) => (
                <Money amount={BigInt(unitPrice)} token={token} rounding="up" per={priceUnit} />
              ),
            },
            {
              key: "free",
              header: "Free of capacity",
              align: "right",
              cell: ({ freeBytes, capacityBytes }) => (
                <span className="whitespace-nowrap">
                  <Bytes bytes={BigInt(freeBytes)} /> <span className="text-muted">of</span>{" "}
                  <Bytes bytes={BigInt(capacityBytes)} />
                </span>
              ),
            },
            {
              key: "transaction",
              header: "Transaction",
              align: "right",
              cell: ({ publicationTransactionHash }) => <TransactionLink hash={publicationTransactionHash} />,
            },
          ]}
        />
      )}
    </Section>
  );
}

/** An account by its address: its money, its deals, and what it is besides. */
export function AccountPage() {
  const address = useAddressed();
  return address ? <Account address={address} /> : <Nameless what="Account" needs="an address: ?address=0x…" />;
}

function Account({ address }: { address: Address }) {
  const { question, ...asked } = useQuestion(ACCOUNT, { id: address, address });
  const { contracts, parameters } = useAppConfig().deployment;
  const contract = Object.entries(contracts).find(([, at]) => at?.toLowerCase() === address)?.[0];
  return (
    <Answer what="Account" asked={asked} thingOf={(data) => data}>
      {({ account, provider, operated }) => (
        <ExplorerPage title="Account" about={<Hash text={address} kind="address" />}>
          <Section title="Facts">
            <Facts>
              {contract ? <Fact label="Contract of the protocol">{contract}</Fact> : null}
              {parameters.feeRecipient.toLowerCase() === address ? (
                <Fact label="Role">receives the protocol’s fees</Fact>
              ) : null}
              {provider ? (
                <Fact label="Provides as">
                  <ProviderLink id={address} name={provider.name} />
                </Fact>
              ) : null}
              {operated.map(({ id, name }) => (
                <Fact key={id} label="Operates for">
                  <ProviderLink id={id} name={name} />
                </Fact>
              ))}
              <Fact label="Deals that it ever asked for">{formatCount(account?.dealCount ?? 0)}</Fact>
              {account?.balances.map(({ token, available, locked }) => (
                <Fact key={token.tokenId} label={`In the ledger, token ${token.tokenId}`}>
                  <Money amount={BigInt(available)} token={token} /> <span className="text-muted">to spend,</span>{" "}
                  <Money amount={BigInt(locked)} token={token} />{" "}
                  <span className="text-muted">in locks that it pays</span>
                </Fact>
              ))}
              {account?.approvals.map(({ id, most, token, tokenId, expiresAt, transactionHash }) => (
                <Fact key={id} label="Lets a market lock">
                  {token ? <Money amount={BigInt(most)} token={token} /> : `${most} base units of token ${tokenId}`}{" "}
                  <span className="text-muted">until</span> <RelativeTime at={clamp(expiresAt)} />{" "}
                  <TransactionLink hash={transactionHash} />
                </Fact>
              ))}
            </Facts>
            {account === null ? (
              <p className="py-2 text-muted">
                The ledger never held money of this account, and it is no party to a deal.
              </p>
            ) : null}
            <QueryDisclosure question={question} what="these facts" />
          </Section>
          <RowsOf name="payments" filters={{ account: address }} />
          <RowsOf name="deals" filters={{ customer: address }} title="Deals that it pays" />
          {provider ? (
            <p className="text-sm text-muted">
              Stake, proofs and offers are on{" "}
              <ItemLink href={explorerLinks.provider(address)}>its page as a provider</ItemLink>.
            </p>
          ) : null}
        </ExplorerPage>
      )}
    </Answer>
  );
}

/** Dates beyond the year 9999 are "for ever" and no date that a browser knows. */
const LAST_SECOND = 253_402_300_799n;

function clamp(seconds: string): bigint {
  const at = BigInt(seconds);
  return at > LAST_SECOND ? LAST_SECOND : at;
}
