import { parseEther } from "viem";
import { changeCapacity, renew } from "../../sdk/src/deal-actions.ts";
import { cancel, end, finish, setSessionKey, settle } from "../../sdk/src/deal-ends.ts";
import { getDeal } from "../../sdk/src/deals.ts";
import { deposit, withdraw } from "../../sdk/src/ledger.ts";
import { updateOffer } from "../../sdk/src/offers.ts";
import { setEndpoint } from "../../sdk/src/providers.ts";
import { thaw } from "../../sdk/src/stakes.ts";
import type { LocalChain } from "../helpers/local-chain.ts";
import type { LocalIndex } from "../helpers/local-index.ts";
import { enterProvider, keeperOf, MIB, requestStoryDeal, slotsOf, storyPiece, UNIT_PRICE } from "../helpers/story.ts";

/** The piece of every deal in the story. */
export const piece = storyPiece();

/**
 * One provider and two customers. The first deal is proven in two periods of three, renewed, enlarged, ended and finished; the second
 * is cancelled; the third still waits.
 */
export async function tellStory(chain: LocalChain) {
  const { deployment } = chain;
  const { provider, operator, offerId, token } = await enterProvider(chain);
  const keeper = keeperOf(chain, operator, provider.account.address);
  const deal = await requestStoryDeal(chain, offerId, piece, 10);
  const { customer, dealId } = deal;
  const setId = await keeper.openSet();
  await keeper.accept(dealId, setId);
  await keeper.addFirst(setId, dealId, piece);
  const first = (await keeper.period()) + 1;
  await keeper.record(first);
  await keeper.prove(setId, first, [piece]);
  await keeper.record(first + 1); // nobody proves it
  await keeper.record(first + 2);
  await keeper.reportMissed(setId, first + 1);
  await keeper.prove(setId, first + 2, [piece]);

  const sessionKey = chain.walletOf(20).account.address;
  await setSessionKey(customer, { deployment, dealId, sessionKey });
  await renew(customer, { deployment, dealId, addedPeriods: 5 });
  await changeCapacity(customer, { deployment, dealId, capacityBytes: 150n * MIB });
  const [slot] = await slotsOf(chain, setId);
  if (slot) await keeper.removePiece(setId, slot);
  await end(customer, { deployment, dealId });
  const { endPeriod } = await getDeal(chain.reader, { deployment, dealId });
  await keeper.enter(endPeriod + 1);
  await settle(customer, { deployment, dealIds: [dealId, 999n] });
  await finish(customer, { deployment, dealId });
  await deposit(customer, { deployment, token, amount: 1_000_000n });
  await withdraw(customer, { deployment, token, amount: 300_000n, to: provider.account.address });

  const cancelled = await requestStoryDeal(chain, offerId, piece, 11);
  await cancel(cancelled.customer, { deployment, dealId: cancelled.dealId });
  const waiting = await requestStoryDeal(chain, offerId, piece, 12);

  await thaw(provider, { deployment, amount: parseEther("30") });
  await setEndpoint(provider, { deployment, endpoint: "https://one.example", name: "One" });
  const terms = { capacityBytes: 2048n * MIB, minTermPeriods: 3, region: "us" };
  await updateOffer(provider, { deployment, offerId, unitPrice: 2n * UNIT_PRICE, ...terms });
  return { provider, operator, offerId, token, keeper, deal, cancelled, waiting, setId, first, sessionKey, endPeriod };
}

/** The told story with its chain and the index of it. */
export interface Told {
  chain: LocalChain;
  index: LocalIndex;
  story: Awaited<ReturnType<typeof tellStory>>;
}
