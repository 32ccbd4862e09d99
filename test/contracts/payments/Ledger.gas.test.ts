import { network } from "hardhat";
import { createAssertions } from "../../helpers/assertions.ts";
import { ledgerFixtures, TOKEN } from "../../helpers/fixtures/ledger.ts";
import { MAX_UINT256, USD } from "../../helpers/money.ts";

const connection = await network.create();
const load = connection.networkHelpers.loadFixture;
const { costsAtMost } = createAssertions(connection);
const { deposited } = ledgerFixtures(connection);

describe("Ledger.deposit", () => {
  it("costs at most 53,000 gas on a balance that is there", async () => {
    const { ledger, usd, customer, by } = await load(deposited);
    await usd.write.approve([ledger.address, MAX_UINT256], by.customer);
    const hash = await ledger.write.deposit([customer.account.address, TOKEN, 5n * USD], by.customer);
    await costsAtMost(hash, 53_000n);
  });
});

describe("Ledger.withdraw", () => {
  it("costs at most 67,000 gas, a new holder included", async () => {
    const { ledger, agent, by } = await load(deposited);
    await costsAtMost(await ledger.write.withdraw([agent.account.address, TOKEN, USD], by.customer), 67_000n);
  });
});
