"""A slixmpp client that can be controlled (XEP-0325 with its namespace urn:xmpp:iot:control); runs until it is ended."""

import asyncio

from slixmpp.plugins.xep_0325.device import Device

from slixmpp_session import Session, main


class Relay(Device):
    def __init__(self):
        super().__init__("Relay01")
        self._add_control_field("Output", "boolean", "false")
        self._add_control_field("Level", "int", "0")

    def _set_field_value(self, name, value):
        super()._set_field_value(name, value)
        print(f"set {name} {value}", flush=True)


async def script():
    thing = Session("thing", ["xep_0030"], resource="relay")
    thing.register_plugin("xep_0325", {"threaded": False})
    thing.auto_authorize = True
    await thing.login()
    thing["xep_0325"].register_node("Relay01", Relay(), commTimeout=10)
    await thing.get_roster()
    thing.send_presence()
    print(f"ready {thing.boundjid.full}", flush=True)
    await asyncio.Event().wait()


main(script)
