import { type Hex, isHex, keccak256, numberToHex, size, toRlp } from "viem";
import { ProofError } from "./errors.ts";

type Quantity = Hex | bigint | number;

/** A block as `eth_getBlockByNumber` tells it, or as viem formats it; whatever else it carries is ignored. */
export interface HeaderBlock {
  hash: Hex | null;
  parentHash: Hex;
  sha3Uncles: Hex;
  miner: Hex;
  stateRoot: Hex;
  transactionsRoot: Hex;
  receiptsRoot: Hex;
  logsBloom: Hex | null;
  difficulty: Quantity;
  number: Quantity | null;
  gasLimit: Quantity;
  gasUsed: Quantity;
  timestamp: Quantity;
  extraData: Hex;
  mixHash: Hex;
  nonce: Hex | null;
  /** London. */
  baseFeePerGas?: Quantity | null;
  /** Shanghai. */
  withdrawalsRoot?: Hex | null;
  /** Cancun. */
  blobGasUsed?: Quantity | null;
  excessBlobGas?: Quantity | null;
  parentBeaconBlockRoot?: Hex | null;
  /** Prague. */
  requestsHash?: Hex | null;
}

type Field = readonly [name: keyof HeaderBlock, kind: "quantity" | "bytes", bytes?: number];

/** In the order of the header; a fork only ever appends. */
const FIELDS: readonly Field[] = [
  ["parentHash", "bytes", 32],
  ["sha3Uncles", "bytes", 32],
  ["miner", "bytes", 20],
  ["stateRoot", "bytes", 32],
  ["transactionsRoot", "bytes", 32],
  ["receiptsRoot", "bytes", 32],
  ["logsBloom", "bytes", 256],
  ["difficulty", "quantity"],
  ["number", "quantity"],
  ["gasLimit", "quantity"],
  ["gasUsed", "quantity"],
  ["timestamp", "quantity"],
  ["extraData", "bytes"],
  ["mixHash", "bytes", 32],
  ["nonce", "bytes", 8],
];
const APPENDED: readonly Field[] = [
  ["baseFeePerGas", "quantity"],
  ["withdrawalsRoot", "bytes", 32],
  ["blobGasUsed", "quantity"],
  ["excessBlobGas", "quantity"],
  ["parentBeaconBlockRoot", "bytes", 32],
  ["requestsHash", "bytes", 32],
];

/**
 * RLP of a block's header, for `RandomBeacon.record`. What a node leaves out at the end is taken as not being there yet.
 * Throws `HeaderFieldInvalid` for a block that is no mined block, `HeaderHashMismatch` when the bytes do not hash to `block.hash`.
 * @see https://ethereum.github.io/yellowpaper/paper.pdf section 4.4; EIP-1559, 4895, 4844, 4788, 7685 for what was appended
 */
export function encodeHeader(block: HeaderBlock): Hex {
  const appended = APPENDED.filter(([name]) => block[name] !== undefined && block[name] !== null);
  const fields = [...FIELDS, ...appended].map((field) => encodeField(block, field));
  const header = toRlp(fields);
  const actual = keccak256(header);
  if (!isHex(block.hash)) throw new ProofError("HeaderFieldInvalid", { field: "hash", value: block.hash });
  if (actual !== block.hash.toLowerCase()) {
    throw new ProofError("HeaderHashMismatch", { expected: block.hash, actual, fields: fields.length });
  }
  return header;
}

function encodeField(block: HeaderBlock, [name, kind, bytes]: Field): Hex {
  const value = block[name];
  const isBytes = kind === "bytes" && isHex(value) && value.length % 2 === 0;
  if (isBytes && (bytes === undefined || size(value) === bytes)) return value;
  const number = kind === "quantity" ? quantityOf(value) : undefined;
  if (number === undefined) throw new ProofError("HeaderFieldInvalid", { field: name, value });
  return number === 0n ? "0x" : bytesOf(number);
}

function quantityOf(value: unknown): bigint | undefined {
  if (typeof value === "bigint") return value >= 0n ? value : undefined;
  if (typeof value === "number") return Number.isSafeInteger(value) && value >= 0 ? BigInt(value) : undefined;
  return isHex(value) && value !== "0x" ? BigInt(value) : undefined;
}

/** Big-endian without leading zeros, in whole bytes. */
function bytesOf(value: bigint): Hex {
  const hex = numberToHex(value);
  return hex.length % 2 === 0 ? hex : `0x0${hex.slice(2)}`;
}
