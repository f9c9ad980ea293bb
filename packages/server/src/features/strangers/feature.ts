/** What people who are not in the roster may send: a policy of the host, and of each account that wants another one. */
import { type BareJid, bareOf, type Jid } from '@waxwing/jid'
import { declareForm, field } from '@waxwing/protocol'
import { setting } from '../../config/setting.ts'
import { defineFeature } from '../../kernel/feature.ts'
import { drop, hook, type Now, refuse, type Verdict } from '../../kernel/hooks.ts'
import type { Stanza } from '../../router/stanza.ts'
import { slot } from '../../session/account.ts'
import { allKeys, column, key, keyed } from '../../store/store.ts'
import { administration } from '../administration/feature.ts'
import { ask, told } from '../commands/command.ts'
import { commands } from '../commands/feature.ts'
import { roster } from '../roster/feature.ts'
import { isShown, type Roster } from '../roster/roster.ts'

/** Whom the account has written to while it is online: rooms, services, new acquaintances. */
const known = slot<Set<BareJid>>('written to')

const policies = ['all', 'messages', 'ask'] as const
type Policy = (typeof policies)[number]

const Choice = declareForm('urn:waxwing:strangers', {
  may: field
    .choice('Strangers may send', {
      all: 'everything',
      messages: 'messages',
      ask: 'nothing but the request to be let in',
    })
    .required(),
})

export const strangers = defineFeature({
  name: 'strangers',
  implements: [],
  needs: { administration, commands, roster },
  config: {
    may: setting.oneOf(
      policies,
      'all',
      'What somebody who is not in the roster may send: everything, messages, or nothing but the request to be let in.',
    ),
    ownPolicies: setting.flag(true, 'Whether accounts may choose otherwise for themselves.'),
    maxKnown: setting.count(
      1_000,
      'Addresses remembered of those an account has written to while it is online; they are no strangers.',
      { min: 10, max: 100_000 },
    ),
  },
  store: {
    policies: keyed(key<BareJid>('owner'), { may: column.text<Policy>() }),
  },
  async setup({ config, needs, host, store }) {
    /** What accounts have chosen: few, and so kept. */
    const own = new Map<BareJid, Policy>()
    if (config.ownPolicies)
      for (const account of await allKeys(store.policies)) {
        const row = await store.policies.get(account)
        if (row) own.set(account, row.may)
      }

    const policyOf = (account: BareJid): Policy => own.get(account) ?? config.may
    /** Most hosts let everybody in; then nothing is looked up. */
    const isOpen = (): boolean => config.may === 'all' && own.size === 0

    async function choose(account: BareJid, may: Policy): Promise<void> {
      if (may === config.may) own.delete(account)
      else own.set(account, may)
      await (may === config.may ? store.policies.delete(account) : store.policies.put(account, { may }))
    }

    if (config.ownPolicies)
      needs.commands.declare({
        node: 'urn:waxwing:commands#strangers',
        name: 'What may strangers send me?',
        at: 'account',
        mayUse: ({ account }) => host.isLocal(account),
        run: ({ account }) =>
          ask(
            Choice,
            { title: 'What may people send who are not in your contact list?' },
            async ({ may }) => {
              await choose(account, may)
              return told('It is kept.')
            },
            { may: policyOf(account) },
          ),
      })

    function isKnown(account: BareJid, other: BareJid): Now<boolean> {
      const online = host.online(account)
      if (online && known.of(online)?.has(other)) return true
      if (other === account || other === host.jid || needs.administration.isAdmin(other)) return true
      const found = needs.roster.of(account)
      return found instanceof Promise ? found.then(roster => isIn(roster, other)) : isIn(found, other)
    }

    function note(account: BareJid, to: Jid): void {
      if (policyOf(account) === 'all') return
      const online = host.online(account)
      if (!online) return
      const written = known.of(online) ?? new Set<BareJid>()
      known.set(online, written)
      if (written.size >= config.maxKnown) written.clear()
      written.add(bareOf(to))
    }

    function verdict(stanza: Stanza): Now<Verdict | undefined> {
      const { to, from } = stanza
      if (isOpen() || to === undefined || !host.isLocal(to) || isAlwaysWelcome(stanza)) return undefined
      const policy = policyOf(bareOf(to))
      if (policy === 'all' || (policy === 'messages' && stanza.kind === 'message')) return undefined
      const welcome = isKnown(bareOf(to), bareOf(from))
      if (welcome instanceof Promise) return welcome.then(yes => (yes ? undefined : refusal(stanza)))
      return welcome ? undefined : refusal(stanza)
    }

    return {
      hooks: [
        hook('stanza:sent', 'watch', ({ to, from }) => {
          if (to !== undefined && !isOpen()) note(bareOf(from), to)
          return undefined
        }),
        hook('stanza:arriving', 'guard', verdict),
        hook('account:removed', 'store', ({ account }) => {
          own.delete(account)
          return store.policies.delete(account)
        }),
      ],
    }
  },
})

function isIn({ contacts }: Roster, other: BareJid): boolean {
  const contact = contacts.get(other)
  return contact !== undefined && isShown(contact)
}

/** Answers to what the account has asked, and all about subscriptions. */
function isAlwaysWelcome({ kind, type }: Stanza): boolean {
  if (kind === 'presence') return type !== undefined && type !== 'unavailable'
  return type === 'error' || type === 'result'
}

/** Strangers hear what they would hear if nobody were there. */
function refusal(stanza: Stanza): Verdict {
  return stanza.kind === 'presence' ? drop : refuse('service-unavailable')
}
