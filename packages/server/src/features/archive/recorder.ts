/** Takes messages into archives as they pass. XEP-0313 §6.1, XEP-0359 §3. */
import { type BareJid, bareOf, isFull, type Jid } from '@waxwing/jid'
import type { Now, Verdict } from '../../kernel/hooks.ts'
import type { Host } from '../../kernel/host.ts'
import { messageType } from '../../router/rules.ts'
import type { Stanza } from '../../router/stanza.ts'
import type { Archive, Direction } from './archive.ts'
import { isArchived } from './archiving.ts'
import type { Expiry } from './expiry.ts'
import type { ArchivePolicy } from './preferences.ts'
import type { Repeaters } from './repeaters.ts'
import { stamped, withoutIdsBy } from './stanza-ids.ts'

export class Recorder {
  readonly #archive: Archive
  readonly #policy: ArchivePolicy
  readonly #expiry: Expiry
  readonly #repeaters: Repeaters
  readonly #host: Host

  constructor(archive: Archive, policy: ArchivePolicy, expiry: Expiry, repeaters: Repeaters, host: Host) {
    this.#archive = archive
    this.#policy = policy
    this.#expiry = expiry
    this.#repeaters = repeaters
    this.#host = host
  }

  /** A message on its way out goes into the sender's archive; one to oneself does so when it arrives. */
  sent(stanza: Stanza): Now<Verdict | undefined> {
    const owner = bareOf(stanza.from)
    const clean = withoutIdsBy(stanza, owner, this.#host.jid)
    const { to } = clean
    if (!isArchived(clean.type, clean.traits)) return instead(stanza, clean)
    if (to !== undefined && bareOf(to) === owner) return instead(stanza, clean)
    const wanted = this.#policy.wants(owner, to ?? owner)
    if (wanted instanceof Promise)
      return wanted.then(settled => instead(stanza, settled ? this.#keepSent(owner, to, clean) : clean))
    return instead(stanza, wanted ? this.#keepSent(owner, to, clean) : clean)
  }

  /** A message that has come to an account goes into its archive, and tells its resources where it lies there. */
  arriving(stanza: Stanza): Now<Verdict | undefined> {
    const { to } = stanza
    if (to === undefined) return undefined
    const owner = bareOf(to)
    const clean = withoutIdsBy(stanza, owner, this.#host.jid)
    if (!isArchived(clean.type, clean.traits) || !this.#hasReceiver(to, clean)) return instead(stanza, clean)
    const wanted = this.#isWanted(owner, clean.from)
    if (wanted instanceof Promise)
      return wanted.then(settled => instead(stanza, settled ? this.#keep(owner, clean.from, clean) : clean))
    return instead(stanza, wanted ? this.#keep(owner, clean.from, clean) : clean)
  }

  #keepSent(owner: BareJid, to: Jid | undefined, stanza: Stanza): Stanza {
    // Without address it is for the sender's own account and does not arrive anywhere else.
    if (to === undefined) return this.#keep(owner, owner, stanza)
    stanza.sentId = this.#add(owner, 'sent', to, stanza)
    return stanza
  }

  #keep(owner: BareJid, peer: Jid, stanza: Stanza): Stanza {
    return stamped(stanza, owner, this.#add(owner, 'received', peer, stanza))
  }

  #add(owner: BareJid, direction: Direction, peer: Jid, stanza: Stanza): string {
    this.#expiry.grew(owner)
    return this.#archive.add(owner, direction, peer, stanza, this.#repeaters.includes(stanza.from))
  }

  /** What is refused because the resource is gone is not archived. XEP-0313 §6.1, RFC 6121 §8.5.3.2.1. */
  #hasReceiver(to: Jid, { type }: Stanza): boolean {
    return !isFull(to) || messageType(type) === 'chat' || this.#host.router.sessions.find(to) !== undefined
  }

  #isWanted(owner: BareJid, peer: Jid): Now<boolean> {
    if (this.#host.online(owner)) return this.#policy.wants(owner, peer)
    const exists = this.#host.accounts.exists(owner)
    if (exists instanceof Promise) return exists.then(there => there && this.#policy.wants(owner, peer))
    return exists && this.#policy.wants(owner, peer)
  }
}

function instead(stanza: Stanza, by: Stanza): Verdict | undefined {
  return by === stanza ? undefined : { do: 'replace', by }
}
