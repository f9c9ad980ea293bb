/** Push notifications (XEP-0357): clients that cannot be reached are woken by way of their makers' services. */
import { type BareJid, bareOf, isFull, type Jid, resourceOf } from '@waxwing/jid'
import { CLIENT_NS, DisablePush, EnablePush, formatDateTime, stanzaError } from '@waxwing/protocol'
import { childOf, textOf } from '@waxwing/xml'
import { setting } from '../../config/setting.ts'
import { defineFeature, onSet } from '../../kernel/feature.ts'
import { filter, hook, type Now } from '../../kernel/hooks.ts'
import { messageType, takes } from '../../router/rules.ts'
import type { Stanza } from '../../router/stanza.ts'
import { trait } from '../../router/traits.ts'
import type { ClientSession } from '../../session/client-session.ts'
import { told } from '../commands/command.ts'
import { commands } from '../commands/feature.ts'
import { roster } from '../roster/feature.ts'
import { newContact } from '../roster/roster.ts'
import { inbound } from '../roster/subscription.ts'
import { type News, Notifier, nameOf } from './notifier.ts'
import { type Registration, Registrations, registrationsShape } from './registrations.ts'
import { type Decision, Trace } from './trace.ts'

export interface PushApi {
  /** Why clients of the account were woken or not, oldest first. */
  trace(account: BareJid): readonly Decision[]
}

export const push = defineFeature({
  name: 'push',
  implements: [{ spec: 'XEP-0357', version: '0.4.1', coverage: 'complete' }],
  needs: { commands, roster },
  disco: { account: [EnablePush.ns] },
  config: {
    maxServices: setting.count(20, 'Push services and nodes one account may have.', { min: 1, max: 1_000 }),
    tellSender: setting.flag(
      false,
      'Whether notifications name who wrote, which the push service then knows.',
    ),
    tellBody: setting.flag(false, 'Whether notifications carry the text, which the push service then knows.'),
    timeout: setting.duration('30s', 'Time a push service has to answer.', { min: 1_000, max: 600_000 }),
    maxFailures: setting.count(
      5,
      'Notifications in a row a service may refuse or leave unanswered before it is told no more.',
      { min: 1, max: 1_000 },
    ),
    traceLength: setting.count(50, 'Decisions kept for one account, to tell why it was woken or not.', {
      max: 10_000,
    }),
  },
  store: { registrations: registrationsShape },
  async setup({ config, store, needs, host, clock, log }) {
    const registrations = await Registrations.open(store.registrations)
    const trace = new Trace(config.traceLength)
    const notifier = new Notifier(host, clock, config, registrations, trace)

    /** Looks at what comes for accounts that have services; nothing of it is changed or held up. */
    function arriving(stanza: Stanza): undefined {
      if (registrations.isEmpty || stanza.to === undefined) return
      const account = bareOf(stanza.to)
      if (!registrations.has(account) || !isTaken(stanza, stanza.to)) return
      const news = newsIn(stanza, config.tellBody)
      if (!news) return
      const known = wantedBy(account, stanza)
      if (known instanceof Promise)
        known.then(
          list => decide(account, list, news),
          (error: unknown) => log.error({ error, account }, 'Push services could not be read'),
        )
      else decide(account, known, news)
    }

    /** Whom it may wake: nobody when the server answers a request by itself. RFC 6121 §3.1.3, §3.4.2 */
    function wantedBy(account: BareJid, { kind, from }: Stanza): Now<readonly Registration[]> {
      return kind === 'presence' ? askedOf(account, bareOf(from)) : registrations.of(account)
    }

    /** Asks at once: the request is about to change the roster. */
    function askedOf(account: BareJid, asker: BareJid): Now<readonly Registration[]> {
      const known = needs.roster.of(account)
      const wanted = ({ contacts }: Awaited<typeof known>): Now<readonly Registration[]> =>
        inbound(contacts.get(asker) ?? newContact, 'subscribe').isDelivered ? registrations.of(account) : []
      return known instanceof Promise ? known.then(wanted) : wanted(known)
    }

    /** What the router refuses is no news. RFC 6121 §8.5.2.1.1, §8.5.3.2.1 */
    function isTaken({ kind, type }: Stanza, to: Jid): boolean {
      const isThere = isFull(to) ? host.router.sessions.find(to) !== undefined : undefined
      return kind !== 'message' || takes(messageType(type), isThere)
    }

    function decide(account: BareJid, list: readonly Registration[], news: News): void {
      for (const registration of list) {
        const session = host.online(account)?.sessions.get(registration.resource)
        if (isReachable(session)) note(account, registration, 'not woken: the client is connected')
        else notifier.wake(account, registration, news)
      }
    }

    function note(account: BareJid, registration: Registration, outcome: string): void {
      trace.note(account, { at: clock.wall(), about: nameOf(registration), outcome })
    }

    /** Whose client is there needs no waking, and its count begins anew. */
    function back({ session }: { readonly session: ClientSession }): Now<void> {
      const { jid } = session.account
      if (!registrations.has(jid)) return
      const known = registrations.of(jid)
      const settle = (list: readonly Registration[]): void => {
        for (const registration of list)
          if (registration.resource === resourceOf(session.jid)) notifier.seen(jid, registration)
      }
      return known instanceof Promise ? known.then(settle) : settle(known)
    }

    needs.commands.declare({
      node: 'push-trace',
      name: 'Why was I notified, or not?',
      at: 'account',
      mayUse: () => true,
      run: ({ account }) => {
        const lines = trace
          .of(account)
          .map(({ at, about, outcome }) => `${formatDateTime(new Date(at))} ${about}: ${outcome}`)
        return told(lines.join('\n') || 'Nothing has come that anybody could be notified of.')
      },
    })

    return {
      api: { trace: account => trace.of(account) } satisfies PushApi,
      iq: [
        onSet(EnablePush, 'self', async ({ account, payload, session }) => {
          const { jid: service, node, options } = payload
          const known = await registrations.of(account)
          const isNew = !known.some(one => one.service === service && one.node === node)
          if (isNew && known.length >= config.maxServices)
            throw stanzaError('resource-constraint', 'This account has too many push services')
          const resource = (session && resourceOf(session.jid)) ?? ''
          await registrations.put(account, { service, node, options, resource, failures: 0 })
        }),
        onSet(DisablePush, 'self', async ({ account, payload }) => {
          for (const one of await registrations.of(account)) {
            if (one.service !== payload.jid) continue
            if (payload.node !== undefined && payload.node !== one.node) continue
            notifier.seen(account, one)
            await registrations.remove(account, one)
          }
        }),
      ],
      hooks: [
        filter('stanza:arriving', 'watch', ['message', 'presence'], arriving),
        hook('session:bound', 'watch', back),
        hook('session:resumed', 'watch', back),
        hook('account:removed', 'store', ({ account }) => {
          trace.forget(account)
          return registrations.clear(account)
        }),
      ],
    }
  },
})

/** A client that is away and may come back (XEP-0198) has no stream. */
function isReachable(session: ClientSession | undefined): boolean {
  return session?.stream !== undefined
}

/** Whether it is worth waking somebody: what would be kept for later, and requests for a subscription. */
function newsIn(stanza: Stanza, tellBody: boolean): News | undefined {
  const { kind, type, from: sender } = stanza
  if (kind === 'presence')
    return type === 'subscribe' ? { kind: 'request', sender, body: undefined } : undefined
  if (kind !== 'message' || type === 'error' || type === 'headline') return undefined
  const { traits } = stanza
  if ((traits & trait.noStore) !== 0 || (traits & (trait.body | trait.lasting | trait.store)) === 0)
    return undefined
  const body = tellBody ? childOf(stanza.element(), CLIENT_NS, 'body') : undefined
  return { kind: 'message', sender, body: body && textOf(body) }
}
