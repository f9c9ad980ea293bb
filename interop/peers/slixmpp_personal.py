"""Two slixmpp clients tell each other what they publish of themselves: personal eventing, pictures."""

import asyncio
import hashlib

import slixmpp
from slixmpp.exceptions import IqError

import steps
from slixmpp_session import Session, main

plugins = ["xep_0030", "xep_0054", "xep_0060", "xep_0084", "xep_0115", "xep_0118", "xep_0163", "xep_0172"]
step, expect = steps.step, steps.expect
romeo_jid, juliet_jid = f"romeo@{steps.domain}", f"juliet@{steps.domain}"
picture = b"\x89PNG\r\n\x1a\n and so on"
picture_id = hashlib.sha1(picture).hexdigest()


async def friends(romeo, juliet):
    for one, other in ((romeo, juliet_jid), (juliet, romeo_jid)):
        one.collect("presence_subscribe", "presence_subscribed")
        await one.get_roster()
        one.send_presence()
    for one, one_jid, other, other_jid in (
        (romeo, romeo_jid, juliet, juliet_jid),
        (juliet, juliet_jid, romeo, romeo_jid),
    ):
        one.send_presence(pto=other_jid, ptype="subscribe")
        await other.next("presence_subscribe")
        other.send_presence(pto=one_jid, ptype="subscribed")
        await one.next("presence_subscribed")


async def events(romeo, juliet):
    romeo.collect("user_tune_publish", "user_nick_publish")
    juliet.collect("user_tune_publish")
    with step("finds personal eventing at its account"):
        info = (await juliet["xep_0030"].get_info(jid=juliet_jid))["disco_info"]
        expect(any(identity[:2] == ("pubsub", "pep") for identity in info["identities"]), True)
    with step("publishes, hears it itself, and a contact hears it"):
        await juliet["xep_0118"].publish_tune(artist="Gerald Finzi", title="Allegro vigoroso")
        for session in (juliet, romeo):
            event = await session.next("user_tune_publish")
            expect(event["from"].full, juliet_jid)
            tune = event["pubsub_event"]["items"]["item"]["tune"]
            expect((tune["artist"], tune["title"]), ("Gerald Finzi", "Allegro vigoroso"))
    with step("a client that comes later gets the last of it"):
        late = Session("romeo", plugins, resource="street")
        late.collect("user_tune_publish")
        await late.login()
        late.send_presence()
        event = await late.next("user_tune_publish")
        expect(event["pubsub_event"]["items"]["item"]["tune"]["title"], "Allegro vigoroso")
        await late.logout()
    with step("publishes a nickname"):
        await juliet["xep_0172"].publish_nick("Jule")
        event = await romeo.next("user_nick_publish")
        expect(event["pubsub_event"]["items"]["item"]["nick"]["nick"], "Jule")


async def nodes(romeo, juliet):
    pubsub = juliet["xep_0060"]
    with step("makes, configures and empties a node"):
        await pubsub.create_node(None, "plays")
        form = (await pubsub.get_node_config(None, "plays"))["pubsub_owner"]["configure"]["form"]
        expect(form["values"]["pubsub#access_model"], "presence")
        form.reply()
        form["values"] = {"FORM_TYPE": "http://jabber.org/protocol/pubsub#node_config", "pubsub#max_items": "max"}
        form["type"] = "submit"
        await pubsub.set_node_config(None, "plays", form)
        for number in range(3):
            nick = juliet["xep_0172"].stanza.UserNick()
            nick["nick"] = str(number)
            await pubsub.publish(None, "plays", id=f"item-{number}", payload=nick.xml)
        items = (await romeo["xep_0060"].get_items(slixmpp.JID(juliet_jid), "plays"))["pubsub"]["items"]
        expect([item["id"] for item in items], ["item-2", "item-1", "item-0"])
        await pubsub.retract(None, "plays", "item-1", notify=True)
        await pubsub.purge(None, "plays")
        await pubsub.delete_node(None, "plays")
    with step("is refused what it may not read"):
        await pubsub.create_node(None, "secret")
        await pubsub.modify_affiliations(None, "secret", [(slixmpp.JID(romeo_jid), "outcast")])
        try:
            await romeo["xep_0060"].get_items(slixmpp.JID(juliet_jid), "secret")
        except IqError as error:
            expect(error.condition, "forbidden")
        else:
            raise AssertionError("it was given out")
    with step("subscribes to a node, and hears of it by that"):
        romeo.collect("pubsub_publish")
        await pubsub.create_node(None, "open")
        await romeo["xep_0060"].subscribe(slixmpp.JID(juliet_jid), "open", bare=False)
        nick = juliet["xep_0172"].stanza.UserNick()
        nick["nick"] = "heard"
        await pubsub.publish(None, "open", id="one", payload=nick.xml)
        event = await romeo.next("pubsub_publish", lambda e: e["pubsub_event"]["items"]["node"] == "open")
        expect(event["pubsub_event"]["items"]["item"]["id"], "one")


async def avatars(romeo, juliet):
    romeo.collect("avatar_metadata_publish")
    with step("publishes a picture, and a contact hears of it and reads it"):
        await juliet["xep_0084"].publish_avatar(picture)
        await juliet["xep_0084"].publish_avatar_metadata(
            [{"id": picture_id, "type": "image/png", "bytes": len(picture)}]
        )
        event = await romeo.next("avatar_metadata_publish")
        info = event["pubsub_event"]["items"]["item"]["avatar_metadata"]["items"][0]
        expect((info["id"], info["type"]), (picture_id, "image/png"))
        answer = await romeo["xep_0084"].retrieve_avatar(slixmpp.JID(juliet_jid), picture_id)
        expect(answer["pubsub"]["items"]["item"]["avatar_data"]["value"], picture)
    with step("finds a picture of a card among the pictures"):
        card = juliet["xep_0054"].make_vcard()
        card["PHOTO"]["TYPE"] = "image/gif"
        card["PHOTO"]["BINVAL"] = b"GIF89a"
        await juliet["xep_0054"].publish_vcard(card)
        event = await romeo.next("avatar_metadata_publish")
        info = event["pubsub_event"]["items"]["item"]["avatar_metadata"]["items"][0]
        expect((info["id"], info["type"]), (hashlib.sha1(b"GIF89a").hexdigest(), "image/gif"))


async def script():
    romeo, juliet = Session("romeo", plugins), Session("juliet", plugins)
    await asyncio.gather(romeo.login(), juliet.login())
    await friends(romeo, juliet)
    await events(romeo, juliet)
    await nodes(romeo, juliet)
    await avatars(romeo, juliet)
    await romeo.logout()
    await juliet.logout()


main(script)
