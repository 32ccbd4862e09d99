/** Lets what is done under one key happen one after the other, in the order in which it was asked for. */
export function createTurns<Key>() {
  const last = new Map<Key, Promise<unknown>>();
  return <T>(key: Key, act: () => Promise<T>): Promise<T> => {
    const turn = (last.get(key) ?? Promise.resolve()).then(act, act);
    last.set(key, turn);
    const clear = () => {
      if (last.get(key) === turn) last.delete(key);
    };
    turn.then(clear, clear);
    return turn;
  };
}
