import { expect } from "chai";
import hre, { network } from "hardhat";
import { type Abi, type Address, getAddress, type Hex, parseEventLogs, toFunctionSelector, zeroAddress } from "viem";
import { localGenesis } from "../../contracts/ignition/local-chain.ts";
import { protocolModule, ROLES, TIMELOCK_ROLES } from "../../contracts/ignition/modules/Protocol.ts";
import { LOCAL } from "../../contracts/ignition/profiles.ts";
import { callerChecksOf, differencesOf } from "../helpers/authority.ts";
import { AUTHORITY, CONTRACT_OF, ROLE_MEMBERS } from "../helpers/authority-list.ts";

const { viem, networkHelpers, ignition } = await network.create();

async function deployed() {
  const module = protocolModule(LOCAL, localGenesis(await networkHelpers.time.latest()));
  const contracts: Record<string, { address: Address; abi: Abi }> = await ignition.deploy(module);
  const client = await viem.getPublicClient();
  const logsOf = (name: string) => client.getLogs({ address: contracts[name]?.address, fromBlock: 0n });
  const nameOf = (account: Address) => {
    if (account === zeroAddress) return "anyone";
    const [name] =
      Object.entries(contracts).find(([, { address }]) => getAddress(address) === getAddress(account)) ?? [];
    return (name && CONTRACT_OF[name]) ?? account;
  };
  return { contracts, logsOf, nameOf };
}
const load = () => networkHelpers.loadFixture(deployed);

/** Signature and check of each listed function of a contract. */
function listedChecksOf(contract: keyof typeof AUTHORITY): Record<string, string> {
  return Object.fromEntries(Object.entries(AUTHORITY[contract]).map(([signature, [check]]) => [signature, check]));
}

describe("the privileged functions of the deployed protocol", () => {
  it("are those of contracts that the list knows, and of no other", async () => {
    const { contracts } = await load();
    expect(Object.keys(contracts).sort()).to.deep.equal(Object.keys(CONTRACT_OF).sort());
    expect(Object.values(CONTRACT_OF).sort()).to.deep.equal(Object.keys(AUTHORITY).sort());
  });

  for (const contract of Object.keys(AUTHORITY) as (keyof typeof AUTHORITY)[]) {
    it(`of ${contract} are listed, each with what it compares its caller with`, async () => {
      expect(differencesOf(await callerChecksOf(hre.artifacts, contract), listedChecksOf(contract))).to.deep.equal([]);
    });
  }

  it("have, where they ask the access manager, the roles that the list says", async () => {
    const { contracts } = await load();
    const manager = await viem.getContractAt("AccessManager", contracts.manager?.address ?? zeroAddress);
    const roleNames = new Map<bigint, string>([[0n, "ADMIN"]]);
    for (const [name, role] of Object.entries(ROLES)) roleNames.set(role, name);
    for (const [name, { address }] of Object.entries(contracts)) {
      const functions = Object.entries(AUTHORITY[CONTRACT_OF[name] ?? "NetworkLens"]);
      for (const [signature, [check, who]] of functions as [string, readonly [string, string]][]) {
        if (check !== "restricted") continue;
        const role = await manager.read.getTargetFunctionRole([address, toFunctionSelector(signature)]);
        expect(roleNames.get(role), `${name}.${signature}`).to.equal(who);
      }
    }
  });

  it("leave each role with whom the list names, and with nobody else", async () => {
    const { contracts, logsOf, nameOf } = await load();
    const members = new Map<string, Set<string>>(Object.keys(ROLE_MEMBERS).map((name) => [name, new Set()]));
    const roles: [name: string, contract: string, role: bigint | Hex][] = [
      ["ADMIN", "manager", 0n],
      ...Object.entries(ROLES).map(([name, role]): [string, string, bigint] => [name, "manager", role]),
      ...Object.entries(TIMELOCK_ROLES).map(([name, role]): [string, string, Hex] => [name, "timelock", role]),
    ];
    for (const contract of ["manager", "timelock"]) {
      const abi = contracts[contract]?.abi ?? [];
      for (const log of parseEventLogs({ abi, logs: await logsOf(contract) })) {
        const { roleId, role, account } = log.args as unknown as { roleId?: bigint; role?: Hex; account: Address };
        const known = roles.find(([, of, id]) => of === contract && id === (roleId ?? role));
        const name = known?.[0] ?? `${contract} ${roleId ?? role}`;
        if (log.eventName === "RoleGranted") members.set(name, (members.get(name) ?? new Set()).add(nameOf(account)));
        if (log.eventName === "RoleRevoked") members.get(name)?.delete(nameOf(account));
      }
    }
    const found = Object.fromEntries([...members].map(([name, accounts]) => [name, [...accounts].sort()]));
    expect(found).to.deep.equal(ROLE_MEMBERS);
  });

  it("leave out council and guardian when the genesis names none", async () => {
    const { council: _, guardian: __, ...genesis } = localGenesis(await networkHelpers.time.latest());
    const contracts = await ignition.deploy(protocolModule(LOCAL, genesis));
    expect("council" in contracts).to.equal(false);
    expect(await contracts.guardian.read.guardian()).to.equal(zeroAddress);
    const proposes = (account: Address) => contracts.timelock.read.hasRole([TIMELOCK_ROLES.PROPOSER_ROLE, account]);
    expect(await proposes(contracts.governor.address)).to.equal(true);
  });
});

describe("the search for privileged functions", () => {
  /** What is planted in `PlantedAuthority`, beside what its libraries bring. */
  const PLANTED = {
    "byManager()": "restricted",
    "byOwner()": "onlyOwner",
    "byRole()": "onlyRole",
    "byModifier()": "onlyThief",
    "byComparison()": "_THIEF",
    "byHelper()": "_THIEF",
    "byAlias()": "_THIEF",
    "byArgument()": "_friends[caller]",
    "byFlag()": "_friends[caller]",
    "byHook()": "_THIEF",
    "grantRole(bytes32,address)": "onlyRole",
    "revokeRole(bytes32,address)": "onlyRole",
    "renounceRole(bytes32,address)": "callerConfirmation",
    "renounceOwnership()": "onlyOwner",
    "transferOwnership(address)": "onlyOwner",
    "setAuthority(address)": "authority()",
  };

  it("finds a planted back door of each kind, and takes no open door for one", async () => {
    expect(await callerChecksOf(hre.artifacts, "PlantedAuthority")).to.deep.equal(PLANTED);
  });

  for (const planted of Object.keys(PLANTED)) {
    it(`fails when ${planted} is not listed, when it is gone, and when it asks for somebody else`, () => {
      const { [planted as keyof typeof PLANTED]: check, ...others } = PLANTED;
      expect(differencesOf(PLANTED, others)).to.deep.equal([`${planted} is privileged (${check}) and not listed`]);
      expect(differencesOf(others, PLANTED)).to.deep.equal([
        `${planted} is listed (${check}) and gone, or open to everybody`,
      ]);
      expect(differencesOf(PLANTED, { ...PLANTED, [planted]: "nobody" })).to.deep.equal([
        `${planted} is listed as nobody and is ${check}`,
      ]);
    });
  }
});
