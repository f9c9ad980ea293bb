/** What the tests use of xmpp.js, which brings no types. */
declare module '@xmpp/client' {
  export interface Element {
    readonly name: string
    readonly attrs: Readonly<Record<string, string | undefined>>
    is(name: string, ns?: string): boolean
    getChild(name: string, ns?: string): Element | undefined
    getChildText(name: string, ns?: string): string | null
    getChildren(name: string, ns?: string): Element[]
  }
  export type Content = string | Element | undefined
  export function xml(
    name: string,
    attrs?: Record<string, string | undefined>,
    ...content: Content[]
  ): Element

  export interface ClientOptions {
    readonly service: string
    readonly domain: string
    readonly resource?: string
    readonly username: string
    readonly password: string
    /** `<user-agent/>` of XEP-0388. */
    readonly userAgent?: Element | undefined
  }
  /** What FAST keeps. */
  export interface Token {
    readonly mechanism: string
    readonly token: string
    readonly expiry: string
  }
  export interface Client {
    readonly jid: { toString(): string } | null
    readonly fast: {
      fetchToken(): Promise<Token | undefined>
      saveToken(token: Token): Promise<void>
    }
    readonly iqCaller: {
      request(iq: Element, timeoutMs?: number): Promise<Element>
      get(child: Element, to?: string, timeoutMs?: number): Promise<Element | undefined>
      set(child: Element, to?: string, timeoutMs?: number): Promise<Element | undefined>
    }
    readonly reconnect: { stop(): void }
    start(): Promise<unknown>
    stop(): Promise<unknown>
    send(element: Element): Promise<void>
    isSecure(): boolean
    on(event: 'stanza' | 'nonza', listener: (element: Element) => void): void
    on(event: 'element' | 'send', listener: (element: Element) => void): void
    on(event: 'error', listener: (error: Error) => void): void
  }
  export function client(options: ClientOptions): Client
}
