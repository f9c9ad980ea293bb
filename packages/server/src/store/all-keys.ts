/** All keys of a store, for features that keep in memory who has something stored at all. */
import type { Now } from './stores.ts'

interface Keys<K extends string> {
  keys(after?: K, max?: number): Now<readonly K[]>
}

const pageSize = 1_000

export async function allKeys<K extends string>(store: Keys<K>): Promise<Set<K>> {
  const found = new Set<K>()
  for (let after: K | undefined; ; ) {
    const page = await store.keys(after, pageSize)
    for (const key of page) found.add(key)
    if (page.length < pageSize) return found
    after = page.at(-1)
  }
}
