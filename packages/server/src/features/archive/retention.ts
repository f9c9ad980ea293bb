/** How long messages are kept: as the host's settings say, and for accounts of which the administrators say otherwise. */
import type { BareJid } from '@waxwing/jid'
import { declareForm, field, stanzaError } from '@waxwing/protocol'
import type { Host } from '../../kernel/host.ts'
import { allKeys, column, type Keyed, key, keyed, type Row } from '../../store/store.ts'
import type { AdministrationApi } from '../administration/feature.ts'
import { ask, type CommandDeclaration, type Step, told } from '../commands/command.ts'

export interface Retention {
  /** 0: for ever. */
  readonly keepDays: number
  /** Of one account; 0: any number. */
  readonly keepMessages: number
}

const columns = { keep_days: column.integer().maybe(), keep_messages: column.integer().maybe() }
export const retentionShape = keyed(key<BareJid>('owner'), columns)

/** What is absent is as the host says. */
type Own = Row<typeof columns>

export class Retentions {
  readonly #store: Keyed<BareJid, Own>
  readonly #host: Retention
  /** Few: an administrator has named each. */
  readonly #own = new Map<BareJid, Own>()

  private constructor(store: Keyed<BareJid, Own>, host: Retention) {
    this.#store = store
    this.#host = host
  }

  static async open(store: Keyed<BareJid, Own>, host: Retention): Promise<Retentions> {
    const opened = new Retentions(store, host)
    for (const account of await allKeys(store)) {
      const own = await store.get(account)
      if (own) opened.#own.set(account, own)
    }
    return opened
  }

  of(account: BareJid): Retention {
    const own = this.#own.get(account)
    const { keepDays, keepMessages } = this.#host
    return { keepDays: own?.keep_days ?? keepDays, keepMessages: own?.keep_messages ?? keepMessages }
  }

  /** Of accounts that nothing of their own is said of. */
  get ofMost(): Retention {
    return this.#host
  }

  /** Accounts whose messages are kept for another time than most. */
  *exceptions(): Iterable<BareJid> {
    for (const [account, { keep_days: days }] of this.#own) if (days !== undefined) yield account
  }

  get isNeeded(): boolean {
    return this.#own.size > 0 || this.#host.keepDays > 0 || this.#host.keepMessages > 0
  }

  async set(account: BareJid, own: Own): Promise<void> {
    if (own.keep_days === undefined && own.keep_messages === undefined) return this.forget(account)
    this.#own.set(account, own)
    await this.#store.put(account, own)
  }

  async forget(account: BareJid): Promise<void> {
    if (this.#own.delete(account)) await this.#store.delete(account)
  }
}

const RetentionForm = declareForm('urn:waxwing:commands#archive-retention', {
  accountjid: field.bareJid('The account').required(),
  keep_days: field.number('Days after which messages leave; 0: never; nothing: as for everybody', {
    max: 36_500,
  }),
  keep_messages: field.number('Messages kept; 0: any number; nothing: as for everybody', {
    max: 1_000_000_000,
  }),
})

/** The command of administrators. `changed`: there is something to be looked at anew. */
export function retentionCommand(
  host: Host,
  admins: AdministrationApi,
  retentions: Retentions,
  changed: (account: BareJid) => void,
): CommandDeclaration {
  async function keep(account: BareJid, own: Own): Promise<Step> {
    if (!host.isLocal(account) || !(await host.accounts.exists(account)))
      throw stanzaError('item-not-found', `There is no account ${account}`)
    await retentions.set(account, own)
    changed(account)
    return told(sentence(account, retentions.of(account)))
  }
  return {
    node: 'urn:waxwing:commands#archive-retention',
    name: 'How Long an Account’s Messages Are Kept',
    at: 'host',
    mayUse: ({ jid }) => admins.isAdmin(jid),
    run: () =>
      ask(RetentionForm, { title: 'Keeping an account’s messages' }, values =>
        keep(values.accountjid, { keep_days: values.keep_days, keep_messages: values.keep_messages }),
      ),
  }
}

function sentence(account: BareJid, { keepDays, keepMessages }: Retention): string {
  const time = keepDays === 0 ? 'for ever' : `for ${keepDays} days`
  const number = keepMessages === 0 ? 'any number of them' : `${keepMessages} at most`
  return `Messages of ${account} are kept ${time}, ${number}.`
}
