/** Most entities that graph-node returns at once. */
const PAGE = 1_000;

/**
 * Reads a list to its end. `load` gets the last row of the page before, and asks for what comes after it; skipping instead
 * of this would cost the index more with every page.
 */
export async function readAll<Row>(
  load: (after: Row | undefined, first: number) => Promise<readonly Row[]>,
): Promise<Row[]> {
  const rows: Row[] = [];
  for (;;) {
    const page = await load(rows[rows.length - 1], PAGE);
    rows.push(...page);
    if (page.length < PAGE) return rows;
  }
}
