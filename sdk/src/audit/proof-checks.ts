import { type Address, decodeFunctionData, type Hash, type Hex } from "viem";
import type { ProtocolClient } from "../client.ts";
import type { Deployment } from "../deployments.ts";
import { possessionProofsAbi } from "../generated/abis.ts";
import { endOf } from "../periods.ts";
import { openingBytes } from "../pieces/proof.ts";
import { depthOf } from "../pieces/tree.ts";
import { challengedPieces } from "../proofs/build.ts";
import type { Question } from "../proofs/challenges.ts";
import { isProofError } from "../proofs/errors.ts";
import { encodeHeader, type HeaderBlock } from "../proofs/header.ts";
import { verifyProof } from "../proofs/verify.ts";
import { type AuditEvent, type AuditTransaction, forAll, headerOf, inputsOf } from "./chain.ts";
import { type Findings, keyOf } from "./difference.ts";
import type { SetsModel } from "./sets-model.ts";

/** What a proof opened of one piece, for whoever has the piece's bytes. */
export interface Opening {
  root: Hex;
  cidDigest: Hex;
  leafCount: number;
  indices: number[];
  /** Leaves and siblings as they stood in the call. */
  bytes: Hex;
  setId: number;
  period: number;
  block: bigint;
  transaction: Hash;
}

type Parts = { deployment: Deployment; sets: SetsModel; findings: Findings };
type Inputs = ReadonlyMap<Hash, { to: Address | null; input: Hex }>;
type Headers = ReadonlyMap<bigint, HeaderBlock | null>;

/** What the proofs and rounds of some transactions need of the chain beside their events. */
export class ProofChecks {
  readonly #inputs: Inputs;
  readonly #headers: Headers;
  readonly #deployment: Deployment;
  readonly #sets: SetsModel;
  readonly #findings: Findings;

  private constructor(parts: Parts, inputs: Inputs, headers: Headers) {
    this.#deployment = parts.deployment;
    this.#sets = parts.sets;
    this.#findings = parts.findings;
    this.#inputs = inputs;
    this.#headers = headers;
  }

  /** Fetches the inputs of proofs and the headers of rounds. */
  static async load(
    client: ProtocolClient,
    parts: Parts,
    transactions: readonly AuditTransaction[],
    signal?: AbortSignal,
  ): Promise<ProofChecks> {
    const hashes = new Set<Hash>();
    const numbers = new Set<bigint>();
    for (const { hash, events } of transactions) {
      for (const { eventName, args } of events) {
        if (eventName === "PeriodProven") hashes.add(hash);
        if (eventName === "RoundRecorded") for (const back of [0n, 1n]) numbers.add(args.blockNumber - back);
      }
    }
    const [inputs, headers] = await Promise.all([
      inputsOf(client, [...hashes], signal),
      forAll([...numbers], async (number) => [number, await headerOf(client, number)] as const, signal),
    ]);
    return new ProofChecks(parts, inputs, new Map(headers));
  }

  /** Checks what an event says of a round or a proof; gives what a proof opened. */
  check(transaction: AuditTransaction, event: AuditEvent): Opening[] {
    if (event.eventName === "RoundRecorded") this.#checkRound(transaction, event);
    return event.eventName === "PeriodProven" ? this.#checkProof(transaction, event) : [];
  }

  /** The seed is of the first block at or after the boundary, by headers that hash to what the chain calls them. */
  #checkRound(transaction: AuditTransaction, { args }: AuditEvent & { eventName: "RoundRecorded" }): void {
    const { parameters } = this.#deployment;
    const subject = `round of period ${args.period}`;
    const [header, parent] = [args.blockNumber, args.blockNumber - 1n].map((number) => this.#headers.get(number));
    if (!header || !parent) {
      const reason = `The node does not know block ${args.blockNumber} or the one before it.`;
      this.#findings.unknown({ subject, reason });
      return;
    }
    const at = { place: { kind: "header", number: args.blockNumber }, block: transaction.blockNumber } as const;
    const where = { subject, transaction: transaction.hash, ...at };
    for (const each of [header, parent]) {
      try {
        encodeHeader(each);
      } catch (cause) {
        if (!isProofError(cause)) throw cause;
        if (!isProofError(cause, "HeaderHashMismatch")) {
          this.#findings.unknown({ subject, reason: `A header cannot be encoded: ${cause.message}` });
          return;
        }
        const { expected, actual } = cause.details;
        this.#findings.compare(where, `hash of block ${BigInt(each.number ?? 0)}`, expected, actual);
        return;
      }
    }
    const endsAt = endOf(parameters, Number(args.period));
    const boundaryAt = transaction.at - ((transaction.at - endsAt) % parameters.retrySeconds);
    const [parentAt, headerAt] = [Number(parent.timestamp), Number(header.timestamp)];
    this.#findings.compare(where, "parent of the seed's block", header.parentHash, parent.hash);
    this.#findings.compare(where, "seed", `${header.mixHash.slice(0, 56)}0000000000`, args.seed);
    this.#findings.compare(where, "first block at the boundary", true, parentAt < boundaryAt && headerAt >= boundaryAt);
  }

  /** The proof as it stood in the call, against the seed, the line and the roots, leaf by leaf. */
  #checkProof(transaction: AuditTransaction, { args }: AuditEvent & { eventName: "PeriodProven" }): Opening[] {
    const [setId, period] = [Number(args.setId), Number(args.period)];
    const subject = `period ${period} of set ${setId}`;
    const [set, round] = [this.#sets.sets.get(setId), this.#sets.rounds.get(period)];
    if (!set || !round) return []; // a difference already
    const proof = this.#proofOf(transaction.hash, args);
    if (proof === undefined) {
      const reason = `Transaction ${transaction.hash} calls another contract, which proved; its input does not show the proof.`;
      this.#findings.unknown({ subject, reason });
      return [];
    }
    const total = this.#sets.totalAt(set, period);
    const question: Question = { seed: round.seed, setId: args.setId, period, total };
    const slots = [...set.slots.values()];
    const verdict = verifyProof(question, proof, slots);
    const place = { kind: "calldata", contract: "PossessionProofs", call: "prove" } as const;
    const where = { subject, place, block: transaction.blockNumber, transaction: transaction.hash };
    const found = verdict.valid ? "a valid proof" : `a proof that fails at leaf ${verdict.position} of the line`;
    if (!this.#findings.compare(where, "proof", "a valid proof", found)) return [];
    return openingsOf(question, proof, slots).map((opening) => ({
      ...opening,
      cidDigest: set.slots.get(opening.slot)?.cidDigest ?? "0x",
      setId,
      period,
      block: transaction.blockNumber,
      transaction: transaction.hash,
    }));
  }

  /** The proof of a direct call; undefined when somebody else's contract made the call. */
  #proofOf(hash: Hash, { setId, period }: { setId: bigint; period: bigint }): Hex | undefined {
    const transaction = this.#inputs.get(hash);
    if (!transaction?.to || keyOf(transaction.to) !== keyOf(this.#deployment.contracts.PossessionProofs))
      return undefined;
    const { functionName, args } = decodeFunctionData({ abi: possessionProofsAbi, data: transaction.input });
    return functionName === "prove" && args[0] === setId && args[1] === period ? args[2] : undefined;
  }
}

const ENTRY_CHARACTERS = 2 * (5 + 32);
const DEAD_CHARACTERS = 2 * (5 + 32 + 32);

/** What a valid proof opened of each piece. */
function openingsOf(question: Question, proof: Hex, slots: Parameters<typeof challengedPieces>[1]) {
  let at = 4 + Number.parseInt(proof.slice(2, 4), 16) * DEAD_CHARACTERS;
  return challengedPieces(question, slots).map(({ slot, root, leafCount, indices }) => {
    at += ENTRY_CHARACTERS;
    const length = 2 * openingBytes(indices, depthOf(leafCount));
    const bytes: Hex = `0x${proof.slice(at, at + length)}`;
    at += length;
    return { slot, root, leafCount, indices, bytes };
  });
}
