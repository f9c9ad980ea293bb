/** Who of this host is online, and who of them is active. XEP-0133 §4.15-§4.17. */
import type { BareJid } from '@waxwing/jid'
import { CLIENT_NS } from '@waxwing/protocol'
import { childOf, textOf } from '@waxwing/xml'
import type { Host } from '../../kernel/host.ts'
import type { ClientSession } from '../../session/client-session.ts'

export class Population {
  readonly #host: Host

  constructor(host: Host) {
    this.#host = host
  }

  /** Accounts with a session; with `fits`, those of whom some session fits. */
  online(fits?: (account: Iterable<ClientSession>) => boolean): readonly BareJid[] {
    const found = new Set<BareJid>()
    for (const { host, account } of this.#host.router.sessions.all())
      if (host === this.#host && !found.has(account.jid) && (fits?.(account.sessions.values()) ?? true))
        found.add(account.jid)
    return [...found].sort()
  }
}

/** Somebody may be in front of one of the sessions: it is available, and not away. */
export function isActive(sessions: Iterable<ClientSession>): boolean {
  for (const session of sessions) if (session.presence && !isAway(session)) return true
  return false
}

function isAway({ presence }: ClientSession): boolean {
  const show = presence && childOf(presence.element(), CLIENT_NS, 'show')
  const word = show && textOf(show)
  return word === 'away' || word === 'xa'
}
