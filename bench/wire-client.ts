/** A client for load: logs in properly, then speaks raw bytes. Cheap enough that the server is what is measured. */
import { randomBytes } from 'node:crypto'
import { connect as connectTcp, type Socket } from 'node:net'
import { connect as connectTls } from 'node:tls'
import { nodeCrypto } from '@waxwing/server'
import { decodeBase64, encodeBase64, type SaslCrypto, ScramInitiator } from '@waxwing/stream'

const domain = 'localhost'
const open = `<?xml version='1.0'?><stream:stream to='${domain}' version='1.0' xmlns='jabber:client' xmlns:stream='http://etherx.jabber.org/streams'>`
const sasl = 'urn:ietf:params:xml:ns:xmpp-sasl'

/** Derived keys are the client's work: they are computed once for each salt, so that they do not count. */
const derived = new Map<string, Uint8Array>()
const crypto: SaslCrypto = {
  ...nodeCrypto,
  async pbkdf2(hash, password, salt, iterations) {
    const key = `${hash} ${Buffer.from(password).toString('hex')} ${Buffer.from(salt).toString('hex')} ${iterations}`
    const known = derived.get(key) ?? (await nodeCrypto.pbkdf2(hash, password, salt, iterations))
    derived.set(key, known)
    return known
  },
}

export class WireClient {
  readonly jid: string
  readonly #socket: Socket
  #seen: string
  #wake: (() => void) | undefined
  #onBytes: ((chunk: Buffer) => void) | undefined

  private constructor(jid: string, socket: Socket) {
    this.jid = jid
    this.#socket = socket
    this.#seen = ''
    socket.on('data', chunk => {
      if (this.#onBytes) return this.#onBytes(chunk)
      this.#seen += chunk.toString('latin1')
      this.#wake?.()
    })
    socket.on('error', () => socket.destroy())
    socket.on('close', () => this.#wake?.())
  }

  /** STARTTLS, SCRAM-SHA-1, bind, presence; settles when the server has answered a ping. */
  static async logIn(port: number, user: string, password: string): Promise<WireClient> {
    const plain = connectTcp(port, '127.0.0.1').setNoDelay(true)
    const first = new WireClient('', plain)
    first.write(open)
    await first.until('</stream:features>')
    first.write("<starttls xmlns='urn:ietf:params:xml:ns:xmpp-tls'/>")
    await first.until('<proceed')
    plain.removeAllListeners('data')
    const secured = connectTls({ socket: plain, rejectUnauthorized: false, servername: domain })
    await new Promise<void>((resolve, reject) => {
      secured.once('secureConnect', resolve)
      secured.once('error', reject)
    })
    const client = new WireClient(`${user}@${domain}/bench`, secured)
    client.write(open)
    await client.until('</stream:features>')
    const scram = new ScramInitiator({
      crypto,
      hash: 'SHA-1',
      binding: { flag: 'n' },
      username: user,
      password,
    })
    client.write(`<auth xmlns='${sasl}' mechanism='SCRAM-SHA-1'>${encodeBase64(scram.start())}</auth>`)
    const challenge = await client.until('</challenge>')
    const response = await scram.respond(bytesIn(challenge))
    client.write(`<response xmlns='${sasl}'>${encodeBase64(response)}</response>`)
    await client.until('</success>')
    client.write(open)
    await client.until('</stream:features>')
    const bind = "<bind xmlns='urn:ietf:params:xml:ns:xmpp-bind'><resource>bench</resource></bind>"
    client.write(`<iq type='set' id='b'>${bind}</iq>`)
    await client.until('</iq>')
    client.write(`<presence/><iq type='get' id='ready' to='${domain}'><ping xmlns='urn:xmpp:ping'/></iq>`)
    await client.until('ready')
    return client
  }

  write(text: string | Buffer): void {
    this.#socket.write(text)
  }

  /** Everything up to and including `mark`, once it has come. */
  async until(mark: string): Promise<string> {
    for (;;) {
      const at = this.#seen.indexOf(mark)
      if (at >= 0) {
        const found = this.#seen.slice(0, at + mark.length)
        this.#seen = this.#seen.slice(at + mark.length)
        return found
      }
      if (this.#socket.destroyed) throw new Error(`The connection of ${this.jid} ended`)
      await new Promise<void>(resolve => {
        this.#wake = resolve
      })
    }
  }

  /** Calls with the number of times `mark` has come, for each chunk; marks cut in two are found. */
  count(mark: string, told: (times: number) => void): void {
    const wanted = Buffer.from(mark)
    let rest = Buffer.alloc(0)
    this.#onBytes = chunk => {
      const all = rest.length > 0 ? Buffer.concat([rest, chunk]) : chunk
      let times = 0
      let at = all.indexOf(wanted)
      let end = 0
      while (at >= 0) {
        times++
        end = at + wanted.length
        at = all.indexOf(wanted, end)
      }
      rest = Buffer.from(all.subarray(Math.max(end, all.length - wanted.length + 1)))
      if (times > 0) told(times)
    }
  }

  close(): void {
    this.#socket.destroy()
  }
}

function bytesIn(element: string): Uint8Array {
  const text = element.slice(element.indexOf('>') + 1, element.lastIndexOf('</'))
  return decodeBase64(text) ?? randomBytes(0)
}
