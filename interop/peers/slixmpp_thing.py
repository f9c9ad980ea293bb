"""A slixmpp client that is a thing (XEP-0323 with its namespace urn:xmpp:iot:sensordata); runs until it is ended."""

import asyncio

from slixmpp.plugins.xep_0323.device import Device

from slixmpp_session import Session, main


class Meter(Device):
    """Temperature and load now, and the temperatures of three hours."""

    def __init__(self):
        super().__init__("Device01")
        self._add_field("Temperature", "numeric", "°C")
        self._add_field("load level", "numeric", "%")
        self._add_field("Door open", "boolean")
        self._add_field("State", "enum", dataType="States")
        self._add_field("Name", "string")
        self._set_momentary_timestamp("2013-03-07T16:24:30")
        for name, value in (("Temperature", "23.4"), ("load level", "75"), ("Door open", "false"), ("State", "idle")):
            self._add_field_momentary_data(name, value, flags={"automaticReadout": "true"})
        self._add_field_momentary_data("Name", "Meter <1> & more", flags={"automaticReadout": "true"})
        for hour, value in ((13, "20.1"), (14, "21.50"), (15, "22.6")):
            self._add_field_timestamp_data(
                "Temperature",
                f"2013-03-07T{hour}:00:00",
                value,
                flags={"historicalHour": "true", "automaticReadout": "true"},
            )


async def script():
    # Its threads hand their stanzas to a queue that nobody wakes: it reads in the session's own turn instead.
    thing = Session("thing", ["xep_0030"], resource="meter")
    thing.register_plugin("xep_0323", {"threaded": False})
    thing.auto_authorize = True
    await thing.login()
    thing["xep_0323"].register_node("Device01", Meter(), commTimeout=10)
    await thing.get_roster()
    thing.send_presence()
    print(f"ready {thing.boundjid.full}", flush=True)
    await asyncio.Event().wait()


main(script)
