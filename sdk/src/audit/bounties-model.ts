import type { Address } from "viem";
import type { AuditEvent } from "./chain.ts";
import { keyOf } from "./difference.ts";
import type { StakeModel } from "./stake-model.ts";
import type { Step } from "./step.ts";

/** What an account promises for its exit from a provider. Wei; 0 when there is none any more. */
export interface AuditedBounty {
  provider: Address;
  account: Address;
  amountWei: bigint;
  tranche: number;
}

type BountyEvent = AuditEvent & { contract: "ExitBounties" };
type EventOf<name extends BountyEvent["eventName"]> = BountyEvent & { eventName: name };

/** Bounties for exits: what is promised, and that each was earned by paying out the whole of what it was for. */
export class BountiesModel {
  /** By provider and account. */
  readonly bounties = new Map<string, AuditedBounty>();
  readonly #stake: StakeModel;

  constructor(stake: StakeModel) {
    this.#stake = stake;
  }

  /** What the contract must hold. Wei. */
  get total(): bigint {
    let total = 0n;
    for (const { amountWei } of this.bounties.values()) total += amountWei;
    return total;
  }

  apply(step: Step, event: BountyEvent): void {
    switch (event.eventName) {
      case "BountyOffered":
        this.#offer(step, event);
        return;
      case "BountyPaid":
        this.#pay(step, event);
        return;
      default:
        this.#close(step, event);
    }
  }

  #offer(step: Step, event: EventOf<"BountyOffered">): void {
    const { provider, account, tranche, addedWei, amountWei } = event.args;
    const bounty = this.#of(provider, account);
    bounty.amountWei += addedWei;
    bounty.tranche = tranche;
    step.compareAll(event, subjectOfBounty(bounty), {
      bounty: [bounty.amountWei, amountWei],
      "tranche that thaws": [true, this.#stake.hasTranche(provider, account, tranche)],
    });
  }

  #pay(step: Step, event: EventOf<"BountyPaid">): void {
    const { provider, account, tranche, withdrawn } = event.args;
    let paidOut = 0n;
    for (const other of step.transaction.events)
      if (
        other.eventName === "StakeWithdrawn" &&
        other.logIndex < event.logIndex &&
        keyOf(other.args.provider) === keyOf(provider) &&
        keyOf(other.args.account) === keyOf(account)
      )
        paidOut += other.args.amount;
    step.compareAll(event, subjectOfBounty(event.args), {
      "stake that was paid out": [paidOut, withdrawn],
      "tranche that is left": [false, this.#stake.hasTranche(provider, account, tranche)],
    });
    this.#close(step, event);
  }

  #close(step: Step, event: EventOf<"BountyPaid" | "BountyTakenBack">): void {
    const { provider, account, tranche, amountWei } = event.args;
    const bounty = this.#of(provider, account);
    step.compareAll(event, subjectOfBounty(bounty), {
      bounty: [bounty.amountWei, amountWei],
      "tranche of the bounty": [bounty.tranche, tranche],
    });
    bounty.amountWei = 0n;
    bounty.tranche = 0;
  }

  #of(provider: Address, account: Address): AuditedBounty {
    const key = `${keyOf(provider)}:${keyOf(account)}`;
    const known = this.bounties.get(key);
    if (known) return known;
    const bounty = { provider, account, amountWei: 0n, tranche: 0 };
    this.bounties.set(key, bounty);
    return bounty;
  }
}

/** How findings name a bounty. */
export function subjectOfBounty({ provider, account }: Pick<AuditedBounty, "provider" | "account">): string {
  return `bounty of ${account} for its exit from provider ${provider}`;
}
