/** Ad-hoc commands (XEP-0050): what other features offer to be done, listed and carried out step by step. */
import { bareOf, type Jid } from '@waxwing/jid'
import {
  CLIENT_NS,
  COMMANDS_NS,
  Command,
  type CommandAction,
  commandActions,
  type DataForm,
  type DiscoInfo,
  type DiscoItem,
  stanzaError,
} from '@waxwing/protocol'
import { randomId } from '@waxwing/stream'
import { writeWire } from '@waxwing/xml'
import { setting } from '../../config/setting.ts'
import {
  type AddressClass,
  type DiscoQuery,
  defineFeature,
  type IqRequest,
  onSet,
} from '../../kernel/feature.ts'
import type { Now } from '../../kernel/hooks.ts'
import {
  type Caller,
  type CommandDeclaration,
  commandError,
  payloadFits,
  type Stage,
  type Step,
} from './command.ts'
import { type CommandSession, CommandSessions } from './command-sessions.ts'

export interface CommandsApi {
  /** Offers a command. @throws Error when the node is taken */
  declare(command: CommandDeclaration): void
}

const formNs = 'jabber:x:data'
const listIdentity = { category: 'automation', type: 'command-list', name: 'Commands' }

export const commands = defineFeature({
  name: 'commands',
  implements: [{ spec: 'XEP-0050', version: '1.3.0', coverage: 'complete' }],
  disco: { host: [COMMANDS_NS], account: [COMMANDS_NS] },
  config: {
    lifetime: setting.duration('10m', 'Time after which a command that nobody goes on with is forgotten.', {
      min: 10_000,
      max: 86_400_000,
    }),
    perRequester: setting.count(10, 'Commands one client may have under way; a new one ends the oldest.', {
      min: 1,
      max: 1_000,
    }),
    overall: setting.count(10_000, 'Commands that may be under way on this host.', {
      min: 10,
      max: 1_000_000,
    }),
  },
  setup({ config, host, clock, random }) {
    const known = {
      host: new Map<string, CommandDeclaration>(),
      account: new Map<string, CommandDeclaration>(),
    }
    const sessions = new CommandSessions({
      ...config,
      lifetimeMs: config.lifetime,
      perRequester: config.perRequester,
    })
    const placeOf = (at: AddressClass): 'host' | 'account' => (at === 'host' ? 'host' : 'account')

    async function mayUse(command: CommandDeclaration, caller: Caller): Promise<boolean> {
      // An account's commands are its owner's, wherever they may be declared for.
      return (command.at === 'host' || caller.jid === caller.account) && (await command.mayUse(caller))
    }

    async function listFor({ at, from, account }: DiscoQuery): Promise<readonly DiscoItem[]> {
      const caller = { from, jid: bareOf(from), session: host.router.sessions.find(from), account }
      const items: DiscoItem[] = []
      for (const command of known[at].values())
        if (!command.isUnlisted && (await mayUse(command, caller)))
          items.push({ jid: at === 'host' ? host.jid : account, node: command.node, name: command.name })
      return items
    }

    async function infoOf({ at, node, from, account }: DiscoQuery): Promise<DiscoInfo | undefined> {
      if (node === COMMANDS_NS) return { identities: [listIdentity], features: [COMMANDS_NS] }
      const command = known[at].get(node)
      if (!command) return undefined
      const caller = { from, jid: bareOf(from), session: host.router.sessions.find(from), account }
      if (!(await mayUse(command, caller))) throw stanzaError('forbidden')
      const identities = [{ category: 'automation', type: 'command-node', name: command.name }]
      return { identities, features: [COMMANDS_NS, formNs] }
    }

    /** One step: a new command, or onward from a stage. */
    async function execute(
      { payload, from, session, account, stanza }: IqRequest<Command>,
      at: AddressClass,
    ): Promise<string> {
      const action = actionOf(payload)
      const command = known[placeOf(at)].get(payload.node)
      if (!command) throw stanzaError('item-not-found', `There is no command ${payload.node}`)
      const caller: Caller = { from, jid: bareOf(from), session, account }
      if (!(await mayUse(command, caller))) throw stanzaError('forbidden')
      const pair = { node: payload.node, requester: from, responder: stanza.to ?? account }
      return payload.sessionid === undefined
        ? begin(command, caller, pair, action)
        : onward(sessions.of(payload.sessionid, pair, clock.monotonic()), action, payload.form)
    }

    async function begin(
      command: CommandDeclaration,
      caller: Caller,
      pair: { node: string; requester: Jid; responder: Jid },
      action: CommandAction,
    ): Promise<string> {
      const id = randomId(random)
      // A client may leave before anything was shown to it.
      if (action === 'cancel') return shown(pair.node, id, 'canceled')
      if (action === 'prev') throw commandError('bad-action', 'This command has not begun')
      const step = await command.run(caller)
      if (step.status === 'asking') sessions.begin({ id, ...pair }, step, clock.monotonic())
      return shown(pair.node, id, step)
    }

    async function onward(
      session: CommandSession,
      action: CommandAction,
      form: DataForm | undefined,
    ): Promise<string> {
      const { id, node, stages } = session
      if (action === 'cancel') {
        sessions.end(session)
        return shown(node, id, 'canceled')
      }
      if (action === 'prev') {
        if (stages.length < 2) throw commandError('bad-action', 'There is no stage before this one')
        stages.pop()
        return shown(node, id, stages.at(-1) ?? 'canceled', stages.length > 1)
      }
      const step = await taken(session, action, form)
      if (step.status === 'done') sessions.end(session)
      else stages.push(step)
      return shown(node, id, step, stages.length > 1)
    }

    async function taken(
      session: CommandSession,
      action: CommandAction,
      form: DataForm | undefined,
    ): Promise<Step> {
      const stage = session.stages.at(-1)
      const move = action === 'execute' ? usualMove(stage) : action
      const go = move === 'next' ? stage?.next : move === 'complete' ? stage?.complete : undefined
      if (!go) throw commandError('bad-action', `This stage has no '${action}'`)
      if (!form || (form.type !== 'submit' && form.type !== 'cancel'))
        throw commandError('bad-payload', 'The form is missing')
      session.isBusy = true
      try {
        return await payloadFits(() => go(form))
      } finally {
        session.isBusy = false
      }
    }

    const handler = (at: AddressClass) =>
      onSet(Command, at, (request): Now<string> => execute(request, at), { beside: true })

    return {
      api: {
        declare(command) {
          const list = known[command.at]
          if (list.has(command.node)) throw new Error(`Two features offer the command ${command.node}`)
          list.set(command.node, command)
        },
      } satisfies CommandsApi,
      iq: [handler('host'), handler('self'), handler('account')],
      disco: {
        info: infoOf,
        items: query => {
          if (query.node === COMMANDS_NS) return listFor(query)
          // A command has nothing below it.
          return known[query.at].has(query.node) ? [] : undefined
        },
      },
    }
  },
})

/** @throws StanzaError malformed-action, bad-locale */
function actionOf({ action = 'execute', lang }: Command): CommandAction {
  const known = commandActions.find(name => name === action)
  if (known === undefined) throw commandError('malformed-action', `There is no action '${action}'`)
  // English is what is spoken here, and is what the answer says; what is no language at all is refused.
  if (lang !== undefined && !/^[A-Za-z]{1,8}(-[A-Za-z0-9]{1,8}){0,8}$/.test(lang))
    throw commandError('bad-locale')
  return known
}

/** What `execute` stands for. XEP-0050 §3.4. */
function usualMove(stage: Stage | undefined): 'next' | 'complete' {
  return stage?.next ? 'next' : 'complete'
}

function shown(node: string, sessionid: string, step: Step | 'canceled', hasPrev = false): string {
  const head = { node, sessionid, lang: 'en' }
  if (step === 'canceled') return writeWire(Command, { ...head, status: 'canceled' }, CLIENT_NS)
  if (step.status === 'done') {
    const { notes, form, outOfBand, others } = step
    return writeWire(Command, { ...head, status: 'completed', notes, form, outOfBand, others }, CLIENT_NS)
  }
  const moves = {
    execute: usualMove(step),
    prev: hasPrev,
    next: step.next !== undefined,
    complete: step.complete !== undefined,
  }
  const { notes, form } = step
  return writeWire(Command, { ...head, status: 'executing', moves, notes, form }, CLIENT_NS)
}
