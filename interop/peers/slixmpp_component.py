"""A slixmpp component beside our server, and a client that talks with it (XEP-0114)."""

import asyncio

import slixmpp
from slixmpp.componentxmpp import ComponentXMPP

import steps
from slixmpp_session import Session, main

step, expect = steps.step, steps.expect
address = f"mirror.{steps.domain}"


class Mirror(ComponentXMPP):
    """Sends every chat message back."""

    def __init__(self, secret):
        super().__init__(address, secret, steps.host, steps.component_port)
        for plugin in ("xep_0030", "xep_0092", "xep_0199"):
            self.register_plugin(plugin, {"software_name": "Mirror", "version": "1"} if plugin == "xep_0092" else None)
        self["xep_0030"].add_identity(category="component", itype="generic", name="Mirror")
        self.online = asyncio.get_event_loop().create_future()
        self.gone = asyncio.get_event_loop().create_future()
        self.add_event_handler("session_start", lambda _: self.online.set_result(None))
        self.add_event_handler("stream_error", lambda error: self.gone.set_result(error["condition"]))
        self.add_event_handler("message", self.reflect)

    @staticmethod
    def reflect(message):
        if message["type"] == "chat":
            message.reply(message["body"][::-1]).send()


async def script():
    with step("is refused with a wrong secret"):
        impostor = Mirror("wrong")
        impostor.connect()
        expect(await asyncio.wait_for(impostor.gone, steps.patience), "not-authorized")
        impostor.abort()
    with step("connects with the secret"):
        mirror = Mirror(steps.password)
        mirror.connect()
        await asyncio.wait_for(mirror.online, steps.patience)
    client = Session("romeo", ["xep_0030", "xep_0092", "xep_0199"])
    client.collect("message", "message_error")
    await client.login()
    client.send_presence()
    with step("is listed by the server"):
        items = (await client["xep_0030"].get_items(jid=steps.domain))["disco_items"]["items"]
        expect(address in [str(item[0]) for item in items], True)
    with step("answers disco, version and ping"):
        info = (await client["xep_0030"].get_info(jid=address))["disco_info"]
        expect(("component", "generic") in [identity[:2] for identity in info["identities"]], True)
        version = await client["xep_0092"].get_version(slixmpp.JID(address))
        expect(version["software_version"]["name"], "Mirror")
        await client["xep_0199"].send_ping(slixmpp.JID(address), timeout=steps.patience)
    with step("chats from any of its addresses"):
        client.send_message(mto=f"glass@{address}/wall", mbody="live", mtype="chat")
        said = await client.next("message")
        expect((said["body"], said["from"].full), ("evil", f"glass@{address}/wall"))
    with step("pings a client of the server"):
        await mirror["xep_0199"].send_ping(client.boundjid, ifrom=mirror.boundjid, timeout=steps.patience)
    with step("its addresses are unreachable once it is gone"):
        await asyncio.wait_for(mirror.disconnect(), steps.patience)
        client.send_message(mto=f"glass@{address}/wall", mbody="live", mtype="chat")
        answer = await client.next("message_error")
        expect(answer["error"]["condition"], "remote-server-not-found")
    await client.logout()


main(script)
