/** Being woken by a service of the app's maker when something comes that we do not see. XEP-0357. */
import { parseJid } from '@waxwing/jid'
import { DisablePush, EnablePush, formTypeField } from '@waxwing/protocol'
import type { Client, Extension } from './client.ts'
import type { RequestOptions } from './requests.ts'

export interface PushOptions extends RequestOptions {
  /** The node of this device at the service. */
  readonly node?: string | undefined
  /** Goes to the service along with every notification, such as a secret. */
  readonly fields?: Readonly<Record<string, string>> | undefined
}

const optionsForm = 'http://jabber.org/protocol/pubsub#publish-options'

/** `const push = client.use(push)`. */
export const push: Extension<Push> = { attach: client => new Push(client) }

export class Push {
  readonly #client: Client

  constructor(client: Client) {
    this.#client = client
  }

  /** From now on `service` is told; asking again replaces the fields. Rejects as `iq.set`. §5 */
  async enable(service: string, options: PushOptions = {}): Promise<void> {
    const { node, fields, ...request } = options
    const given = Object.entries(fields ?? {}).map(([name, value]) => ({ var: name, values: [value] }))
    const form = { type: 'submit', fields: [formTypeField(optionsForm), ...given] } as const
    const question = { jid: parseJid(service), node, options: given.length > 0 ? form : undefined }
    await this.#client.iq.set(EnablePush, undefined, question, undefined, request)
  }

  /** No more; without `node` the service is told of no device any more. Rejects as `iq.set`. §6 */
  async disable(service: string, options: Pick<PushOptions, 'node'> & RequestOptions = {}): Promise<void> {
    const { node, ...request } = options
    await this.#client.iq.set(DisablePush, undefined, { jid: parseJid(service), node }, undefined, request)
  }
}
