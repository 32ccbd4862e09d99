/** Asks again and again, every few milliseconds, until there is an answer. The test's own limit ends what never comes. */
export async function until<T>(ask: () => Promise<T | undefined | false>, everyMs = 25): Promise<T> {
  for (;;) {
    const answer = await ask();
    if (answer !== undefined && answer !== false) return answer;
    await new Promise((resolve) => setTimeout(resolve, everyMs));
  }
}
