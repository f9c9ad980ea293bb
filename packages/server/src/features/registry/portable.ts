/** What somebody owns, as it goes with their account from one server to another. XEP-0227. */
import { OwnedThing } from '@waxwing/protocol'
import { readWire, writeWire } from '@waxwing/xml'
import type { Portable } from '../../kernel/feature.ts'
import type { Entries } from './entries.ts'
import type { Entry } from './entry.ts'
import type { Registry } from './registry.ts'
import { asList } from './tags.ts'

export function portable(entries: Entries, registry: Registry): Portable {
  return {
    async *export(account) {
      for (const entry of entries.ofOwner(account)) yield writeWire(OwnedThing, ownedThing(entry))
    },
    async import(account, element) {
      if (element.ns !== OwnedThing.ns || element.name !== OwnedThing.name) return false
      await registry.adopt(account, readWire(OwnedThing, element))
      return true
    },
  }
}

function ownedThing({ jid, node, generation, visibility, claim, since, tags }: Entry): OwnedThing {
  return { jid, node, generation, visibility, claim, since: new Date(since), tags: asList(tags) }
}
