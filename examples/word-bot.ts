// Explains words to whoever asks: node examples/word-bot.ts <jid> <password> [certificate.pem] [port]
import { connect } from '@waxwing/client-node'

const words = new Map([['xmpp', 'Extensible Messaging and Presence Protocol']])
const [jid = '', password = '', trust, port] = process.argv.slice(2)
await using client = await connect({ jid, password, tls: { trust }, port: Number(port) || undefined })
console.log(`${client.jid} listens`)
for await (const message of client.chat.messages())
  message.reply(words.get(message.body.toLowerCase()) ?? `I do not know "${message.body}".`)
