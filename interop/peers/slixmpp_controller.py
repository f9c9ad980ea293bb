"""A slixmpp client that controls a thing of ours (XEP-0325), and sets it with ad-hoc commands (XEP-0050)."""

import asyncio
import os

import slixmpp
import steps
from slixmpp_session import Session, main

thing = os.environ["PEER_THING"]
step = steps.step


async def asked(session, fields):
    """The result that the thing answers."""
    answer = asyncio.get_event_loop().create_future()

    def callback(from_jid, result, nodeIds=None, fields=None, error_msg=None):
        answer.set_result((from_jid, result))

    session["xep_0325"].set_request(session.boundjid.full, thing, callback, fields)
    return await asyncio.wait_for(answer, steps.patience)


async def command(session, node, **fields):
    """Begins a command, or fills in its form."""
    payload, session_id = None, fields.pop("session_id", None)
    if fields:
        payload = session["xep_0004"].make_form(ftype="submit")
        for name, value in fields.items():
            payload.add_field(var=name, value=value)
    answer = await session["xep_0050"].send_command(
        slixmpp.JID(thing), node, payload=payload, sessionid=session_id, action="complete" if fields else "execute",
        timeout=steps.patience,
    )
    return answer["command"]


async def script():
    session = Session("reader", ["xep_0004", "xep_0030", "xep_0050"])
    session.register_plugin("xep_0325", {"threaded": False})
    await session.login()
    session.send_presence()
    with step("sets parameters and hears that they are set"):
        answer = await asked(session, [("Level", "int", "40"), ("Output", "boolean", "true")])
        # The answer of the published text has no code: that of the namespace before it had one.
        steps.expect(answer, (thing, ""))
    with step("sets a parameter by a message that nobody answers"):
        session["xep_0325"].set_command(session.boundjid.full, thing, [("Level", "int", "7")])
        await session.plugin["xep_0030"].get_info(jid=thing)
    with step("finds the commands of the thing"):
        found = await session["xep_0050"].get_commands(jid=slixmpp.JID(thing), timeout=steps.patience)
        steps.expect({node for _, node, _ in found["disco_items"]["items"]}, {"values", "settings"})
    with step("reads its values as a form"):
        answer = await command(session, "values")
        steps.expect((answer["status"], answer["form"]["values"]["Level"]), ("completed", "0"))
    with step("fills in its settings, and sets what it changed"):
        begun = await command(session, "settings")
        steps.expect((begun["status"], begun["form"]["values"]["Output"]), ("executing", False))
        wrong = await command(session, "settings", session_id=begun["sessionid"], Level="700", Output="0")
        steps.expect((wrong["status"], [kind for kind, _ in wrong["notes"]]), ("executing", ["error"]))
        done = await command(session, "settings", session_id=begun["sessionid"], Level="70", Output="0")
        steps.expect(done["status"], "completed")
    await session.logout()


main(script)
