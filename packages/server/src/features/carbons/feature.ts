/** Message carbons: every resource of an account sees the whole conversation. XEP-0280. */
import type { Jid } from '@waxwing/jid'
import { bareOf } from '@waxwing/jid'
import {
  CARBON_RULES_NS,
  CarbonReceived,
  CarbonSent,
  CLIENT_NS,
  DisableCarbons,
  EnableCarbons,
  StanzaId,
} from '@waxwing/protocol'
import { writeWire } from '@waxwing/xml'
import { defineFeature, onSet } from '../../kernel/feature.ts'
import { hook } from '../../kernel/hooks.ts'
import { forwarded } from '../../router/forwarded.ts'
import { Stanza } from '../../router/stanza.ts'
import { trait } from '../../router/traits.ts'
import { type OnlineAccount, slot } from '../../session/account.ts'
import type { ClientSession } from '../../session/client-session.ts'
import { CopiedMessages } from './copied-messages.ts'
import { type Direction, isCopied } from './eligible.ts'

const copied = slot<CopiedMessages>('copied messages')

export const carbons = defineFeature({
  name: 'carbons',
  implements: [{ spec: 'XEP-0280', version: '1.0.1', coverage: 'complete' }],
  disco: { host: [EnableCarbons.ns, CARBON_RULES_NS], account: [EnableCarbons.ns, CARBON_RULES_NS] },
  setup() {
    const set =
      (wanted: boolean) =>
      ({ session }: { readonly session: ClientSession | undefined }): void => {
        if (session) session.wantsCopies = wanted
      }
    return {
      iq: [onSet(EnableCarbons, 'self', set(true)), onSet(DisableCarbons, 'self', set(false))],
      inline: {
        bind: [
          {
            ns: EnableCarbons.ns,
            name: EnableCarbons.name,
            feature: EnableCarbons.ns,
            handle(_element, session) {
              session.wantsCopies = true
              return ''
            },
          },
        ],
      },
      hooks: [
        hook('message:sent', 'copy', ({ session, stanza }) => copySent(session, stanza)),
        hook('message:delivered', 'copy', ({ account, stanza, receivers }) =>
          copyReceived(account, stanza, receivers),
        ),
      ],
    }
  },
})

function copySent({ account }: ClientSession, stanza: Stanza): void {
  const { to } = stanza
  // What the account writes to itself is copied when it has arrived.
  if (to === undefined || bareOf(to) === account.jid || !mayCopy('sent', account, to, stanza)) return
  const stamp =
    stanza.sentId === undefined ? '' : writeWire(StanzaId, { id: stanza.sentId, by: account.jid }, CLIENT_NS)
  copyTo(account, stamp === '' ? stanza : stanza.appended(stamp), CarbonSent, [])
}

function copyReceived(account: OnlineAccount, stanza: Stanza, receivers: readonly ClientSession[]): void {
  if (mayCopy('received', account, stanza.from, stanza)) copyTo(account, stanza, CarbonReceived, receivers)
}

function mayCopy(direction: Direction, account: OnlineAccount, peer: Jid, stanza: Stanza): boolean {
  const known = copied.of(account)
  if (stanza.type === 'error') return known?.has(peer, stanza.id) ?? false
  if (!isCopied(direction, stanza)) return false
  const lately = known ?? new CopiedMessages()
  if (!known) copied.set(account, lately)
  lately.add(peer, stanza.id)
  return true
}

/** One copy for each resource that wants them and has neither sent nor got the message itself. §7, §8 */
function copyTo(
  account: OnlineAccount,
  stanza: Stanza,
  { ns, name }: typeof CarbonSent,
  receivers: readonly ClientSession[],
): void {
  let payload: string | undefined
  for (const session of account.sessions.values()) {
    if (!session.wantsCopies || session.jid === stanza.from || receivers.includes(session)) continue
    payload ??= `<${name} xmlns='${ns}'>${forwarded(stanza.toText())}</${name}>`
    const header = { kind: 'message', type: stanza.type, from: account.jid, to: session.jid } as const
    session.deliver(Stanza.composed(header, payload, stanza.traits | trait.copy))
  }
}
