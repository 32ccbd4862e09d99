import {
  type Address,
  encodeAbiParameters,
  type Hash,
  type Hex,
  keccak256,
  parseAbi,
  parseEventLogs,
  zeroHash,
} from "viem";
import { getBlock, getTransactionReceipt, readContract } from "viem/actions";
import {
  type ActionOptions,
  eventMissing,
  explained,
  logsOf,
  type ProtocolClient,
  type Sent,
  send,
} from "../client.ts";
import type { Deployment } from "../deployments.ts";
import { councilAbi } from "../generated/abis.ts";
import type { ProposalCall } from "./call-sentences.ts";
import { timelockOf } from "./contracts.ts";

/** This deployment has no council. */
export class CouncilMissing extends Error {
  override readonly name = "CouncilMissing";
  constructor() {
    super("This deployment has no council. Propose it to the voters.");
  }
}

/** The transaction does not put this into the timelock. */
export class OperationUnknown extends Error {
  override readonly name = "OperationUnknown";
  constructor(operationId: Hex) {
    super(`That transaction did not put ${operationId} into the timelock.`);
  }
}

/** Who may propose to the timelock beside the voters. `endsAt` in Unix seconds. */
export interface Council {
  account: Address;
  endsAt: number;
  /** Its term has ended, or a vote took its role: it can propose nothing. */
  isOver: boolean;
}

/** keccak256("PROPOSER_ROLE"). */
const PROPOSER_ROLE = "0xb09aa5aeb3702cfd50b6b62bc4532604938f21248a27a1d5ca736082b6819cc1";

/** `executeBatch` without the native coin that it takes: decisions move none. */
const EXECUTE_BATCH = parseAbi(["function executeBatch(address[], uint256[], bytes[], bytes32, bytes32)"]);
const CALL_SALT = parseAbi(["event CallSalt(bytes32 indexed id, bytes32 salt)"]);

function councilOf({ contracts }: Deployment) {
  if (!contracts.Council) throw new CouncilMissing();
  return { address: contracts.Council, abi: councilAbi } as const;
}

/** The council; undefined where the deployment named none. Throws `ProtocolError`. */
export async function getCouncil(
  client: ProtocolClient,
  { deployment }: { deployment: Deployment },
): Promise<Council | undefined> {
  if (!deployment.contracts.Council) return undefined;
  const contract = councilOf(deployment);
  return explained({}, async () => {
    const [account, endsAt, isProposer, { timestamp }] = await Promise.all([
      readContract(client, { ...contract, functionName: "COUNCIL" }),
      readContract(client, { ...contract, functionName: "ENDS_AT" }),
      readContract(client, {
        ...timelockOf(deployment),
        functionName: "hasRole",
        args: [PROPOSER_ROLE, contract.address],
      }),
      getBlock(client),
    ]);
    return { account, endsAt: Number(endsAt), isOver: !isProposer || timestamp >= endsAt };
  });
}

/** Council: proposes calls to the timelock. `salt` tells equal proposals apart, and is needed to execute it. Throws `ProtocolError`. */
export async function proposeAsCouncil(
  client: ProtocolClient,
  options: ActionOptions & { calls: readonly ProposalCall[]; salt?: Hex },
): Promise<Sent & { operationId: Hex }> {
  const { deployment, calls, salt = zeroHash } = options;
  const contract = councilOf(deployment);
  const args = [calls.map(({ target }) => target), calls.map(({ data }) => data), salt] as const;
  const sent = await send(client, { ...contract, functionName: "propose", args }, options);
  const logs = logsOf(sent.receipt, contract.address);
  const [event] = parseEventLogs({ abi: councilAbi, logs, eventName: "CouncilProposed" });
  if (!event) throw eventMissing(sent.receipt, "CouncilProposed");
  return { ...sent, operationId: event.args.operationId };
}

/** Council: withdraws its own proposal that nobody has executed. Throws `ProtocolError`. */
export async function cancelAsCouncil(
  client: ProtocolClient,
  options: ActionOptions & { operationId: Hex },
): Promise<Sent> {
  return send(
    client,
    { ...councilOf(options.deployment), functionName: "cancel", args: [options.operationId] },
    options,
  );
}

/** Makes the calls of a council's proposal that has waited; anybody may. Throws `ProtocolError`, also with what a target refuses. */
export async function executeForCouncil(
  client: ProtocolClient,
  options: ActionOptions & { calls: readonly ProposalCall[]; salt?: Hex },
): Promise<Sent> {
  const { deployment, salt = zeroHash } = options;
  const parameters = [{ type: "address" }, { type: "bytes32" }] as const;
  const timelockSalt = keccak256(encodeAbiParameters(parameters, [councilOf(deployment).address, salt]));
  return executeBatch(client, { ...options, timelockSalt });
}

/**
 * The same for one that the index tells of: the salt is read from the transaction that proposed it. Throws `ProtocolError`, or
 * {@link OperationUnknown}.
 */
export async function executeOperation(
  client: ProtocolClient,
  options: ActionOptions & { operationId: Hex; calls: readonly ProposalCall[]; transactionHash: Hash },
): Promise<Sent> {
  const { deployment, operationId, transactionHash } = options;
  const receipt = await explained({}, () => getTransactionReceipt(client, { hash: transactionHash }));
  const logs = logsOf(receipt, timelockOf(deployment).address);
  const salts = parseEventLogs({ abi: CALL_SALT, logs, eventName: "CallSalt" });
  const own = salts.find(({ args }) => args.id === operationId);
  if (!own) throw new OperationUnknown(operationId);
  return executeBatch(client, { ...options, timelockSalt: own.args.salt });
}

async function executeBatch(
  client: ProtocolClient,
  options: ActionOptions & { calls: readonly ProposalCall[]; timelockSalt: Hex },
): Promise<Sent> {
  const { deployment, calls, timelockSalt } = options;
  const targets = calls.map(({ target }) => target);
  const args = [targets, targets.map(() => 0n), calls.map(({ data }) => data), zeroHash, timelockSalt] as const;
  const { address } = timelockOf(deployment);
  return send(client, { address, abi: EXECUTE_BATCH, functionName: "executeBatch", args }, options);
}
