import { type Address, concat, encodeAbiParameters, type Hex, keccak256 } from "viem";

const LEAF = [{ type: "uint32" }, { type: "address" }] as const;

/** Leaf of an invitation: hashed twice, so that no inner node can pass for one. `index` counts from 1. */
export function leafOf(index: number, invitee: Address): Hex {
  return keccak256(keccak256(encodeAbiParameters(LEAF, [index, invitee])));
}

function parentOf(left: Hex, right: Hex): Hex {
  return keccak256(concat(left < right ? [left, right] : [right, left]));
}

/** Root of a batch, and the proof of each of its leaves: siblings, from the leaves up. A node without a sibling moves up as it is. */
export function treeOf(leaves: readonly Hex[]): { root: Hex; proofs: Hex[][] } {
  const proofs: Hex[][] = leaves.map(() => []);
  let [level, width] = [leaves, 1];
  while (level.length > 1) {
    for (const [leaf, proof] of proofs.entries()) {
      const sibling = level[Math.floor(leaf / width) ^ 1];
      if (sibling) proof.push(sibling);
    }
    const next: Hex[] = [];
    for (let i = 0; i < level.length; i += 2) {
      const [left, right] = [level[i], level[i + 1]];
      if (left) next.push(right ? parentOf(left, right) : left);
    }
    [level, width] = [next, width * 2];
  }
  const [root] = level;
  if (!root) throw new RangeError("A batch has at least one invitation.");
  return { root, proofs };
}

/** The root that a leaf and its proof lead to. */
export function rootOf(leaf: Hex, proof: readonly Hex[]): Hex {
  return proof.reduce(parentOf, leaf);
}
