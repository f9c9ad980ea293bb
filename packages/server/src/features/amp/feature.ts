/** Advanced message processing (XEP-0079): senders say what shall become of messages that meet some obstacle. */
import { type BareJid, bareOf, domainOf, isFull, type Jid, resourceOf } from '@waxwing/jid'
import {
  Amp,
  type AmpFault,
  type AmpRule,
  ampActions,
  ampCondition,
  ampConditions,
  CLIENT_NS,
  StanzaError,
  stanzaError,
} from '@waxwing/protocol'
import { type Element, elementsOf, readWire, WireError, writeElement, writeWire } from '@waxwing/xml'
import { setting } from '../../config/setting.ts'
import { defineFeature } from '../../kernel/feature.ts'
import { drop, filter, type Now, type Verdict } from '../../kernel/hooks.ts'
import { messageType, receiversOf, withoutReceiver, withoutResource } from '../../router/rules.ts'
import { Stanza } from '../../router/stanza.ts'
import { hasHint, trait } from '../../router/traits.ts'
import { offline } from '../offline/feature.ts'
import { roster } from '../roster/feature.ts'
import { theySee } from '../roster/subscription.ts'
import { type Fate, faultIn, type KnownRule, metRule } from './amp-rules.ts'

const node = Amp.ns
const supported = [
  node,
  ...ampActions.map(action => `${node}?action=${action}`),
  ...ampConditions.map(condition => `${node}?condition=${condition}`),
]

export const amp = defineFeature({
  name: 'amp',
  implements: [
    {
      spec: 'XEP-0079',
      version: '1.2',
      coverage: 'complete',
      note: 'other servers are not asked whether they support it',
    },
  ],
  needs: { offline, roster },
  disco: { host: [Amp.ns] },
  config: { maxRules: setting.count(16, 'Rules one message may carry.', { min: 1, max: 256 }) },
  setup({ config, needs, host, clock }) {
    /** The sender's side: rules are checked, and the addresses are written into them. §2.2.1, §4.1. */
    function leaving(stanza: Stanza): Verdict | undefined {
      if (!hasRules(stanza) || stanza.to === undefined) return undefined
      const rules = rulesOf(stanza)
      if (rules instanceof StanzaError) return { do: 'refuse', error: rules }
      if (!rules || rules.status !== undefined) return undefined
      const fault = faultIn(rules.rules, config.maxRules)
      if (fault) return { do: 'refuse', error: faultError(fault.fault, fault.rules) }
      const stamped = withRules(stanza, { ...rules, from: stanza.from, to: stanza.to })
      // Of local accounts all is known when the message arrives there.
      if (host.router.host(domainOf(stanza.to))) return { do: 'replace', by: stamped }
      const met = metRule(rules.rules, { kind: 'onward' }, resourceOf(stanza.to), clock.wall())
      return met === undefined ? { do: 'replace', by: stamped } : executed(met, stamped)
    }

    /** The receiver's side. §2.2. */
    function arriving(stanza: Stanza): Now<Verdict | undefined> {
      if (!hasRules(stanza) || stanza.to === undefined) return undefined
      const rules = rulesOf(stanza)
      if (rules === undefined || rules instanceof StanzaError || rules.status !== undefined) return undefined
      return process(stanza, stanza.to, rules)
    }

    async function process(stanza: Stanza, to: Jid, { rules }: Amp): Promise<Verdict | undefined> {
      const fault = faultIn(rules, config.maxRules)
      if (fault) return { do: 'refuse', error: faultError(fault.fault, fault.rules) }
      const telling = rules.filter(({ action }) => action !== 'drop')
      if (telling.length > 0 && !(await maySee(bareOf(to), bareOf(stanza.from))))
        return { do: 'refuse', error: faultError('invalid-rules', telling) }
      const met = metRule(rules, await fateOf(stanza, to), resourceOf(to), clock.wall())
      return met && executed(met, stanza)
    }

    /** Who does not see the account's presence must not learn of it this way. §9. */
    async function maySee(account: BareJid, sender: BareJid): Promise<boolean> {
      if (account === sender) return true
      const contact = (await needs.roster.of(account)).contacts.get(sender)
      return contact !== undefined && theySee(contact.subscription)
    }

    /** What would become of the message if it had no rules. §2.2.2; RFC 6121 §8.5. */
    async function fateOf(stanza: Stanza, to: Jid): Promise<Fate> {
      const type = messageType(stanza.type)
      const session = isFull(to) ? host.router.sessions.find(to) : undefined
      if (session) return { kind: 'direct', resources: [resourceOf(session.jid) ?? ''] }
      if (isFull(to) && withoutResource(type) !== 'as-bare') return { kind: 'none' }
      const receivers = receiversOf(type, host.online(bareOf(to))?.available() ?? [])
      if (receivers.length > 0)
        return { kind: 'direct', resources: receivers.map(({ jid }) => resourceOf(jid) ?? '') }
      const isKept = withoutReceiver(type) === 'keep' && !hasHint(stanza, trait.noStore)
      return { kind: isKept && (await host.accounts.exists(bareOf(to))) ? 'stored' : 'none' }
    }

    /** Does what a rule says. `undefined`: the message goes its way. §2.2.4, §3.4. */
    function executed(rule: KnownRule, stanza: Stanza): Verdict | undefined {
      switch (rule.action) {
        case 'drop':
          return drop
        case 'error':
          return { do: 'refuse', error: faultError('failed-rules', [rule]) }
        case 'alert':
          tell(rule, stanza)
          return drop
        case 'notify':
          tell(rule, stanza)
          return undefined
      }
    }

    /** §2.2.5. */
    function tell(rule: KnownRule, stanza: Stanza): void {
      const event: Amp = { status: rule.action, from: stanza.from, to: stanza.to, rules: [rule] }
      const header = { kind: 'message', id: stanza.id, from: host.jid, to: stanza.from } as const
      host.send(Stanza.composed(header, writeWire(Amp, event, CLIENT_NS)))
    }

    // What has waited may have become stale. §3.3.2
    needs.offline.screen(stanza => {
      if (!hasRules(stanza)) return true
      const rules = rulesOf(stanza)
      if (!rules || rules instanceof StanzaError) return true
      const stale = rules.rules.filter(({ condition }) => condition === 'expire-at')
      const met = metRule(stale, { kind: 'direct', resources: [] }, undefined, clock.wall())
      const verdict = met && executed(met, stanza)
      if (verdict?.do === 'refuse') host.router.refuse(stanza, verdict.error)
      return verdict === undefined
    })

    return {
      disco: {
        info: query =>
          query.at === 'host' && query.node === node
            ? { identities: [{ category: 'server', type: 'im', name: 'AMP' }], features: supported }
            : undefined,
      },
      hooks: [
        filter('stanza:sent', 'change', ['message'], leaving),
        filter('stanza:arriving', 'change', ['message'], arriving),
      ],
    }
  },
})

/** Errors repeat what was sent, and mean nothing by it. */
function hasRules({ type, traits }: Stanza): boolean {
  return (traits & trait.rules) !== 0 && type !== 'error'
}

function isAmp({ ns, name }: Element): boolean {
  return ns === Amp.ns && name === Amp.name
}

function rulesOf(stanza: Stanza): Amp | StanzaError | undefined {
  const found = elementsOf(stanza.element()).find(isAmp)
  try {
    return found && readWire(Amp, found)
  } catch (error) {
    if (error instanceof WireError) return stanzaError('bad-request', error.message)
    throw error
  }
}

/** The same message with other rules. */
function withRules(stanza: Stanza, rules: Amp): Stanza {
  const payload = elementsOf(stanza.element()).map(child =>
    isAmp(child) ? writeWire(Amp, rules, CLIENT_NS) : writeElement(child, CLIENT_NS),
  )
  return stanza.with({}, payload.join(''))
}

const conditions = {
  'unsupported-actions': 'bad-request',
  'unsupported-conditions': 'bad-request',
  'invalid-rules': 'not-acceptable',
  'failed-rules': 'undefined-condition',
} as const

/** §6.1. */
function faultError(fault: AmpFault, rules: readonly AmpRule[]): StanzaError {
  return stanzaError(conditions[fault], undefined, { type: 'modify', app: ampCondition(fault, rules) })
}
