/** Things that have asked, in order to tell them when answers are no longer right. */
import { type BareJid, bareOf, type Jid } from '@waxwing/jid'
import type { Generation } from '@waxwing/protocol'
import type { Claims } from './ownership.ts'

interface Asker {
  /** Whose rules it goes by. */
  owner: BareJid
  /** In which generation each of its resources asked last. */
  readonly resources: Map<Jid, Generation>
  /** What it was told of friends. */
  readonly friends: Map<BareJid, boolean>
  /** How it spoke when it did not hear that it should forget; absent: it has heard everything. */
  missed?: Generation | undefined
}

export class Askers {
  /** Those that asked last are at the end. */
  readonly #all = new Map<BareJid, Asker>()
  readonly #limits: { readonly things: number; readonly friends: number }

  constructor(limits: { readonly things: number; readonly friends: number }) {
    this.#limits = limits
  }

  note(from: Jid, generation: Generation, owner: BareJid): void {
    const thing = bareOf(from)
    const asker = this.#all.get(thing) ?? { owner, resources: new Map(), friends: new Map() }
    asker.owner = owner
    this.#all.delete(thing)
    this.#all.set(thing, asker)
    shorten(this.#all, this.#limits.things)
    asker.resources.delete(from)
    asker.resources.set(from, generation)
    shorten(asker.resources, mostResources)
  }

  noteFriend(thing: BareJid, friend: BareJid, result: boolean): void {
    const friends = this.#all.get(thing)?.friends
    friends?.delete(friend)
    friends?.set(friend, result)
    if (friends) shorten(friends, this.#limits.friends)
  }

  /** A thing goes by the rules of somebody else. */
  moved(thing: BareJid, owner: BareJid): void {
    const asker = this.#all.get(thing)
    if (asker) asker.owner = owner
  }

  /** Also those that have become the owner's since they asked. */
  thingsOf(owner: BareJid, claims: Claims): readonly BareJid[] {
    return [...this.#all].flatMap(([thing, asker]) =>
      asker.owner === owner || claims.ownerOf(thing) === owner ? [thing] : [],
    )
  }

  resourcesOf(thing: BareJid): ReadonlyMap<Jid, Generation> {
    return this.#all.get(thing)?.resources ?? new Map()
  }

  friendsOf(thing: BareJid): ReadonlyMap<BareJid, boolean> {
    return this.#all.get(thing)?.friends ?? new Map()
  }

  /** A resource is gone, and has not heard the news. */
  drop(from: Jid, generation: Generation): void {
    const asker = this.#all.get(bareOf(from))
    if (!asker?.resources.delete(from)) return
    asker.missed = generation
  }

  returned(from: Jid, generation: Generation): void {
    this.#all.get(bareOf(from))?.resources.set(from, generation)
  }

  /** How a thing spoke that has news to hear; forgets it. */
  takeMissed(thing: BareJid): Generation | undefined {
    const asker = this.#all.get(thing)
    const missed = asker?.missed
    if (asker) asker.missed = undefined
    return missed
  }

  forget(thing: BareJid): void {
    this.#all.delete(thing)
  }
}

/** Resources of one thing that are told. */
const mostResources = 10

function shorten(map: Map<string, unknown>, most: number): void {
  for (const oldest of map.keys()) {
    if (map.size <= most) break
    map.delete(oldest)
  }
}
