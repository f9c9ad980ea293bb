/** Several nodes at once. XEP-0326 §3.3.4, §3.4.4–6, §3.6.9–18 */
import type { DataForm, NodeCommand, NodeInfo, NodeRef, PartialResult } from '@waxwing/protocol'
import { type Parameter, parametersIn } from '../control/parameter-form.ts'
import type { Asking } from './asking.ts'
import { type FormValues, submission } from './forms.ts'
import { type DetailOptions, formIn } from './node.ts'
import { type QueryOptions, RunningQuery } from './querying.ts'

/** Everything rejects as for one node, as soon as one of them is not there. */
export class NodeGroup {
  readonly nodes: readonly NodeRef[]
  readonly #asking: Asking

  constructor(asking: Asking, nodes: readonly NodeRef[]) {
    this.#asking = asking
    this.nodes = nodes
  }

  /** What there is to say of each, in their order. */
  async infos(detail: DetailOptions = {}): Promise<readonly NodeInfo[]> {
    const asked = { nodes: this.nodes, parameters: false, messages: false, ...detail }
    return (await this.#asking.ask('getNodes', asked)).nodes
  }

  /** Which of them are there, in their order. */
  async exist(): Promise<readonly boolean[]> {
    return (await this.#asking.ask('containsNodes', { nodes: this.nodes })).each
  }

  /** Parameters that all of them have, as they can be edited; without `value` where values differ. */
  async editable(): Promise<readonly Parameter[]> {
    return parametersIn(await this.#editForm())
  }

  /** Gives parameters the same values on all nodes; all or none, unless writing fails half way. */
  async edit(values: FormValues): Promise<void> {
    const form = submission(await this.#editForm(), values, { isWhole: false })
    await this.#asking.ask('setCommonNodeParametersAfterEdit', { nodes: this.nodes, form })
  }

  async #editForm(): Promise<DataForm> {
    return formIn(await this.#asking.ask('getCommonNodeParametersForEdit', { nodes: this.nodes }))
  }

  /** Commands that all of them have. */
  async commands(): Promise<readonly NodeCommand[]> {
    return (await this.#asking.ask('getCommonNodeCommands', { nodes: this.nodes })).commands
  }

  /** What has to be filled in for a command. */
  async inputs(command: string): Promise<readonly Parameter[]> {
    return parametersIn(await this.#inputForm(command))
  }

  async #inputForm(command: string): Promise<DataForm> {
    return formIn(await this.#asking.ask('getCommonCommandParameters', { nodes: this.nodes, command }))
  }

  /**
   * Has them do something. Some may refuse while others do it: look at the results.
   *
   * @param values as for one node
   * @returns how it went on each, in their order
   */
  async execute(command: string, values?: FormValues): Promise<readonly PartialResult[]> {
    const form = await this.#filled(command, values)
    const { results } = await this.#asking.ask('executeCommonNodeCommand', {
      nodes: this.nodes,
      command,
      form,
    })
    return results
  }

  /** Has them find out something; the query's `results` say on which of them it was begun. */
  async query(command: string, values?: FormValues, options: QueryOptions = {}): Promise<RunningQuery> {
    const { nodes } = this
    const asked = { nodes, command, form: await this.#filled(command, values) }
    const order = {
      count: nodes.length,
      begin: (queryId: string | undefined) =>
        this.#asking.ask('executeCommonNodeQuery', { ...asked, queryId }),
      abort: (queryId: string) => this.#asking.ask('abortCommonNodeQuery', { nodes, command, queryId }),
    }
    return new RunningQuery(this.#asking, order, options).begin()
  }

  async #filled(command: string, values: FormValues | undefined): Promise<DataForm | undefined> {
    return values && submission(await this.#inputForm(command), values, { isWhole: true })
  }

  /** Moves them among their siblings, in the order in which they stand. */
  async move(direction: 'up' | 'down'): Promise<void> {
    await this.#asking.ask(direction === 'up' ? 'moveNodesUp' : 'moveNodesDown', { nodes: this.nodes })
  }
}
