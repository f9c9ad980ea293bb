/** Things as they lie in memory, of which there are many: a few hundred bytes each beside their tags. */
import { type BareJid, resourceOf, withResource } from '@waxwing/jid'
import type { NodeRef, RegistryGeneration } from '@waxwing/protocol'
import type { Entry, NoticeKind, Visibility } from './entry.ts'
import type { TagList } from './tag-list.ts'

export class Kept {
  /** In the order of their registration. */
  readonly number: number
  readonly jid: BareJid
  readonly node: NodeRef | undefined
  readonly resource: string | undefined
  readonly generation: RegistryGeneration
  readonly owner: BareJid | undefined
  readonly selfOwned: boolean
  readonly visibility: Visibility
  readonly tags: TagList
  readonly claim: string
  /** In base64: an array of bytes is several times as large. */
  readonly keyDigest: string | undefined
  readonly since: number
  readonly notice: NoticeKind | undefined

  constructor(number: number, entry: Entry, tags: TagList) {
    this.number = number
    this.jid = entry.jid
    this.node = entry.node
    this.resource = resourceOf(entry.address)
    this.generation = entry.generation
    this.owner = entry.owner
    this.selfOwned = entry.selfOwned
    this.visibility = entry.visibility
    this.tags = tags
    this.claim = entry.claim
    this.keyDigest = entry.keyDigest && Buffer.from(entry.keyDigest).toString('base64')
    this.since = entry.since
    this.notice = entry.notice
  }

  entry(): Entry {
    const { jid, node, resource, generation, owner, selfOwned, visibility, tags, claim, since, notice } = this
    return {
      jid,
      node,
      address: resource === undefined ? jid : withResource(jid, resource),
      generation,
      owner,
      selfOwned,
      visibility,
      tags,
      claim,
      keyDigest:
        this.keyDigest === undefined ? undefined : new Uint8Array(Buffer.from(this.keyDigest, 'base64')),
      since,
      notice,
    }
  }
}
