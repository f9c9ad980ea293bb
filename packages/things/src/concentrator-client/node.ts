/** A node of a concentrator, as its client uses it. XEP-0326 §3.3–3.6 */
import type {
  DataForm,
  NodeCommand,
  NodeInfo,
  NodeMessage,
  NodeParameter,
  NodeRef,
  NodeType,
} from '@waxwing/protocol'
import { stanzaError } from '@waxwing/protocol'
import { type Parameter, parametersIn } from '../control/parameter-form.ts'
import { type ControlResult, type ControlValue, parameters, type SetOptions, set } from '../control/set.ts'
import { ConcentratorError } from '../errors.ts'
import { type WatchOptions, watch } from '../events/watch.ts'
import { read } from '../readout/read.ts'
import type { ReadOptions } from '../readout/read-options.ts'
import type { Reading } from '../readout/reading.ts'
import type { Asking } from './asking.ts'
import { type FormValues, submission } from './forms.ts'
import { type QueryOptions, RunningQuery } from './querying.ts'
import { Sniffing, type SniffOptions } from './sniffing.ts'

/** What is told of nodes besides what is always told. */
export interface DetailOptions {
  /** Default `false`. */
  readonly parameters?: boolean
  /** Default `false`. */
  readonly messages?: boolean
}

type OwnOptions = 'nodes' | 'generation' | 'order' | 'tokens'

/**
 * Everything rejects with `ConcentratorError`, condition `item-not-found` for a node that is not there or not to be seen;
 * `NotSupportedError`, `UnreachableError`, `TimeoutError`, or the signal's reason.
 */
export class ConcentratorNode {
  readonly ref: NodeRef
  readonly #asking: Asking

  constructor(asking: Asking, ref: NodeRef) {
    this.#asking = asking
    this.ref = ref
  }

  /** What there is to say of it. */
  async info({ parameters: hasParameters = false, messages = false }: DetailOptions = {}): Promise<NodeInfo> {
    const asked = { ...this.ref, parameters: hasParameters, messages }
    return this.#one((await this.#asking.ask('getNode', asked)).node)
  }

  /** Whether it is there; `false` also for what we may not see. */
  async exists(): Promise<boolean> {
    return (await this.#asking.ask('containsNode', this.ref)).found
  }

  /** What is told of it, for people and programs to look at. */
  async parameters(): Promise<readonly NodeParameter[]> {
    return (await this.info({ parameters: true })).parameters
  }

  /** What was reported of it, the newest last. */
  async messages(): Promise<readonly NodeMessage[]> {
    return (await this.info({ messages: true })).messages
  }

  /** Those above it, the nearest first. */
  async ancestors(detail: DetailOptions = {}): Promise<readonly NodeInfo[]> {
    const asked = { ...this.ref, parameters: false, messages: false, ...detail }
    const { nodes } = await this.#asking.ask('getAncestors', asked)
    return nodes.filter(({ id, partition }) => id !== this.ref.id || partition !== this.ref.partition)
  }

  /** What its type is derived from, and which interfaces it has. */
  async inheritance(): Promise<{
    readonly baseClasses: readonly string[]
    readonly interfaces: readonly string[]
  }> {
    return this.#asking.ask('getNodeInheritance', this.ref)
  }

  /** Reads its fields; as `read`. */
  async *read(options: Omit<ReadOptions, OwnOptions> = {}): AsyncGenerator<Reading, void, undefined> {
    const { jid } = await this.#asking.peer()
    yield* read(this.#asking.client, jid, { ...this.#about(), ...options, nodes: [this.ref] })
  }

  /** Follows its fields; as `watch`. */
  async *watch(options: Omit<WatchOptions, OwnOptions> = {}): AsyncGenerator<Reading, void, undefined> {
    const { jid } = await this.#asking.peer()
    const { order: _, generation: __, ...about } = this.#about()
    yield* watch(this.#asking.client, jid, { ...about, ...options, nodes: [this.ref] })
  }

  /** What can be set of its fields; as `parameters`. */
  async settable(): Promise<readonly Parameter[]> {
    const { jid } = await this.#asking.peer()
    return parameters(this.#asking.client, jid, { ...this.#about(), nodes: [this.ref] })
  }

  /** Sets its fields; as `set`. */
  async set(
    values: Readonly<Record<string, ControlValue>>,
    options: Omit<SetOptions, OwnOptions> = {},
  ): Promise<ControlResult> {
    const { jid } = await this.#asking.peer()
    return set(this.#asking.client, jid, values, { ...this.#about(), ...options, nodes: [this.ref] })
  }

  /** Parameters as they can be edited. */
  async editable(): Promise<readonly Parameter[]> {
    return parametersIn(await this.#editForm())
  }

  /**
   * Changes parameters; all or none, unless writing fails half way. Rejects with `ConcentratorError`: its `faults` name every wrong value, and condition
   * `conflict` says that somebody else has changed it meanwhile.
   *
   * @returns the node as it is then; its id may have changed
   */
  async edit(values: FormValues): Promise<NodeInfo> {
    const form = submission(await this.#editForm(), values, { isWhole: false })
    const { nodes } = await this.#asking.ask('setNodeParametersAfterEdit', { ...this.ref, form })
    return this.#one(nodes[0])
  }

  async #editForm(): Promise<DataForm> {
    return formIn(await this.#asking.ask('getNodeParametersForEdit', this.ref))
  }

  /** What it can be told to do by us. */
  async commands(): Promise<readonly NodeCommand[]> {
    return (await this.#asking.ask('getNodeCommands', this.ref)).commands
  }

  /** What has to be filled in for a command. */
  async inputs(command: string): Promise<readonly Parameter[]> {
    return parametersIn(await this.#inputForm(command))
  }

  async #inputForm(command: string): Promise<DataForm> {
    return formIn(await this.#asking.ask('getCommandParameters', { ...this.ref, command }))
  }

  /**
   * Has it do something; settles when it is done, or has begun.
   *
   * @param values what is filled in; what is left out stays as the command suggests. Absent: there is nothing to fill in
   */
  async execute(command: string, values?: FormValues): Promise<void> {
    await this.#asking.ask('executeNodeCommand', {
      ...this.ref,
      command,
      form: await this.#filled(command, values),
    })
  }

  /** Has it find out something; what it finds comes as it is told. Leaving the loop aborts it. */
  async query(command: string, values?: FormValues, options: QueryOptions = {}): Promise<RunningQuery> {
    const asked = { ...this.ref, command, form: await this.#filled(command, values) }
    const order = {
      count: 1,
      begin: (queryId: string | undefined) => this.#asking.ask('executeNodeQuery', { ...asked, queryId }),
      abort: (queryId: string) => this.#asking.ask('abortNodeQuery', { ...this.ref, command, queryId }),
    }
    return new RunningQuery(this.#asking, order, options).begin()
  }

  /**
   * Listens to what it says to its device, from now until the concentrator ends it; only those may who may change it.
   * Condition `feature-not-implemented` says that nobody can listen to it.
   */
  async sniff(options: SniffOptions = {}): Promise<Sniffing> {
    options.signal?.throwIfAborted()
    return new Sniffing(this.#asking.within('short'), this.ref, options).begin()
  }

  async #filled(command: string, values: FormValues | undefined): Promise<DataForm | undefined> {
    return values && submission(await this.#inputForm(command), values, { isWhole: true })
  }

  /** Types that can be created below it. */
  async creatable(): Promise<readonly NodeType[]> {
    return (await this.#asking.ask('getAddableNodeTypes', this.ref)).types
  }

  /** What has to be filled in for a new node of a type. */
  async inputsForNew(type: string): Promise<readonly Parameter[]> {
    return parametersIn(formIn(await this.#asking.ask('getParametersForNewNode', { ...this.ref, type })))
  }

  /** Creates a node below it. */
  async create(type: string, values: FormValues): Promise<NodeInfo> {
    const form = formIn(await this.#asking.ask('getParametersForNewNode', { ...this.ref, type }))
    const filled = submission(form, values, { isWhole: true })
    const { nodes } = await this.#asking.ask('createNewNode', { ...this.ref, type, form: filled })
    return this.#one(nodes[0])
  }

  async destroy(): Promise<void> {
    await this.#asking.ask('destroyNode', this.ref)
  }

  /** Moves it among its siblings; at the edge it stays. */
  async move(direction: 'up' | 'down'): Promise<void> {
    await this.#asking.ask(direction === 'up' ? 'moveNodeUp' : 'moveNodeDown', this.ref)
  }

  #about(): Pick<ReadOptions, 'generation' | 'order' | 'tokens' | 'timeoutMs' | 'signal'> {
    const { lang: _, source: __, ...about } = this.#asking.options
    return about
  }

  async #one(node: NodeInfo | undefined): Promise<NodeInfo> {
    // The long family does not say again in which source it is.
    if (node) return { ...node, source: node.source ?? this.ref.source }
    const { jid } = await this.#asking.peer()
    throw new ConcentratorError(jid, stanzaError('undefined-condition', 'It tells no node'), [])
  }
}

/** No form is one without fields. */
export function formIn({ form = { type: 'form' } }: { readonly form?: DataForm | undefined }): DataForm {
  return form
}
