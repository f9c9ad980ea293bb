"""A slixmpp client that controls a thing of ours (XEP-0325)."""

import asyncio
import os

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


async def script():
    session = Session("reader", ["xep_0030"])
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
    await session.logout()


main(script)
